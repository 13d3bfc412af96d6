import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testMediaStore } from '../conformance.ts';
import { DiskStore } from './disk-store.ts';

const newDirectory = () => mkdtempSync(join(tmpdir(), 'colloquy-media-'));
const filesIn = (directory: string) =>
  readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());

testMediaStore('on disk', async () => {
  const directory = newDirectory();
  return {
    store: new DiskStore(directory),
    stored: async () => filesIn(directory).map((entry) => entry.name),
    reopen: () => new DiskStore(directory),
    stop: async () => rmSync(directory, { recursive: true }),
  };
});

test('Nobody but the owner can read files and directories.', async () => {
  const directory = newDirectory();
  const store = new DiskStore(directory);
  const sid = `ME${'a'.repeat(32)}`;
  await store.put(sid, [Buffer.from('x')] as unknown as AsyncIterable<Uint8Array>, new AbortController().signal);
  const [file] = filesIn(directory);
  expect(statSync(join(file?.parentPath ?? '', sid)).mode & 0o777).toBe(0o600);
  expect(statSync(file?.parentPath ?? '').mode & 0o777).toBe(0o700);
  rmSync(directory, { recursive: true });
});

test('Nothing is left of a file that broke off or did not fit, whether or not somebody removes it.', async () => {
  const directory = newDirectory();
  const broken = async function* () {
    yield Buffer.alloc(200_000);
    throw new Error('no space left on device');
  };
  const put = new DiskStore(directory).put(`ME${'d'.repeat(32)}`, broken(), new AbortController().signal);
  await expect(put).rejects.toThrow('no space left');
  expect(filesIn(directory)).toEqual([]);
  rmSync(directory, { recursive: true });
});

test('What a crash left of a file is not opened, is written over, and goes when it is removed.', async () => {
  const directory = newDirectory();
  const store = new DiskStore(directory);
  const sid = `ME${'b'.repeat(32)}`;
  const never = new AbortController().signal;
  const bytes = async function* (text: string) {
    yield Buffer.from(text);
  };
  await store.put(`ME${'c'.repeat(30)}bb`, bytes('makes the directory'), never);
  const [{ parentPath } = { parentPath: '' }] = filesIn(directory);
  writeFileSync(join(parentPath, `${sid}.part`), 'longer than what comes after it');
  expect(await store.open(sid)).toBeUndefined();
  await store.put(sid, bytes('short'), never);
  expect(statSync(join(parentPath, sid)).size).toBe(5);
  writeFileSync(join(parentPath, `${sid}.part`), 'again');
  await store.remove(sid);
  expect(filesIn(directory)).toHaveLength(1);
  rmSync(directory, { recursive: true });
});
