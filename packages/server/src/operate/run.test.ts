import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openSqliteSnapshots } from '../storage/sqlite/snapshots.ts';
import { OperateError } from './operate-error.ts';
import { workAt } from './place.ts';
import { runCommand } from './run.ts';

let said: string[];
let exitCode: typeof process.exitCode;
beforeEach(() => {
  said = [];
  ({ exitCode } = process);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = exitCode;
});

/** What a command says that fails of an error, with its exit code. */
async function failed(error: unknown, couldNot?: number): Promise<[exitCode: unknown, said: string]> {
  await runCommand(() => Promise.reject(error), couldNot);
  return [process.exitCode, said.join('')];
}

describe('A command that fails', () => {
  test('says our own sentences as they are.', async () => {
    const sentence = 'Another Colloquy server is using this data directory.';
    expect(await failed(new Error(sentence))).toEqual([1, `${sentence}\n`]);
  });

  test('says what the system refused, with which file and why.', async () => {
    const denied = Object.assign(new Error("EACCES: permission denied, mkdir '/root/x.part'"), {
      code: 'EACCES',
      syscall: 'mkdir',
      path: '/root/x.part',
    });
    expect(await failed(denied)).toEqual([1, 'Cannot mkdir /root/x.part: permission denied (EACCES).\n']);
    said = [];
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
    expect(await failed(full)).toEqual([1, 'Cannot write: no space left on device (ENOSPC).\n']);
  });

  test('says why a request failed.', async () => {
    const why = { code: 'ECONNREFUSED', syscall: 'connect' };
    const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), why);
    expect(await failed(new TypeError('fetch failed', { cause }))).toEqual([1, 'connect ECONNREFUSED 127.0.0.1:1.\n']);
  });

  test('names the database file that cannot be used, with the code for “could not”.', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'colloquy-run-'));
    const place = { url: undefined, database: directory };
    await runCommand(() => workAt(place, 2, async () => openSqliteSnapshots(directory) && 0));
    expect([process.exitCode, said.join('')]).toEqual([
      2,
      expect.stringMatching(
        new RegExp(
          `^${directory} cannot be used: [^.]+\\. See that this user may read and write it, and that the disk`,
        ),
      ),
    ]);
    rmSync(directory, { recursive: true });
  });

  test('ends with the code for “could not”, unless the error has one.', async () => {
    expect((await failed(new Error('No.'), 2))[0]).toBe(2);
    expect((await failed(new OperateError('No.', 1), 2))[0]).toBe(1);
  });

  test('shows where a mistake in the program is.', async () => {
    const mistake = new TypeError('x is not a function');
    await expect(failed(mistake)).rejects.toBe(mistake);
  });
});
