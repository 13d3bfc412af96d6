import { freePort } from '@colloquy/testing';
import { expect, test } from 'vitest';
import type { Config } from '../../config/config.ts';
import { StorageUnavailable } from '../../storage/connection.ts';
import { Claims } from '../../storage/postgres/claims.ts';
import { testCredentials } from '../../testing/open-rest.ts';
import { makeLogger } from './logger.ts';

/** What a line has as `error`. */
function logged(error: unknown): Record<string, string> {
  const lines: string[] = [];
  const config = { credentials: testCredentials, logLevel: 'info' } as Config;
  makeLogger(config, { write: (line) => lines.push(line) }).error({ error }, 'it failed');
  return JSON.parse(lines[0] as string).error;
}

test('That a database is away is told once, with its code, and not who asked.', async () => {
  const claims = new Claims('postgres://me@127.0.0.1:1/chat');
  const error = await claims.claim('something', () => {}).catch((reason) => reason);
  const message = 'connect ECONNREFUSED 127.0.0.1:1';
  expect(logged(error)).toEqual({ type: 'ConnectionLost', message, code: 'ECONNREFUSED' });
});

test('What something came of is told where it says more.', () => {
  const cause = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  const error = new StorageUnavailable('The file could not be written', { cause });
  expect(logged(error)).toEqual({
    type: 'StorageUnavailable',
    message: 'The file could not be written: no space left on device',
    code: 'ENOSPC',
  });
});

test('That something else is away is told without a stack, too.', async () => {
  const port = await freePort();
  const error = await fetch(`http://127.0.0.1:${port}`).catch((reason) => reason);
  expect(logged(error)).toEqual({
    type: 'TypeError',
    message: `fetch failed: connect ECONNREFUSED 127.0.0.1:${port}`,
    code: 'ECONNREFUSED',
  });
});

test('Where a name has several addresses, it is told what the first of them said.', () => {
  const refused = (address: string) =>
    Object.assign(new Error(`connect ECONNREFUSED ${address}`), { code: 'ECONNREFUSED', syscall: 'connect' });
  // As Node has it, which says nothing itself.
  const cause = Object.assign(new AggregateError([refused('::1:1'), refused('127.0.0.1:1')]), { code: 'ECONNREFUSED' });
  expect(logged(new TypeError('fetch failed', { cause }))).toEqual({
    type: 'TypeError',
    message: 'fetch failed: connect ECONNREFUSED ::1:1',
    code: 'ECONNREFUSED',
  });
  expect(logged(cause)).toMatchObject({ message: 'connect ECONNREFUSED ::1:1', code: 'ECONNREFUSED' });
});

test('A mistake in the program keeps its stack, what the same words are wrapped in tells them once.', () => {
  const cause = new TypeError('x is not a function');
  const { stack, ...told } = logged(new Error('x is not a function', { cause }));
  expect(told).toEqual({ type: 'Error', message: 'x is not a function' });
  expect(stack).toMatch(/^Error: x is not a function\n +at /);
  expect(stack).not.toContain('caused by');
  const { stack: both } = logged(new Error('it failed', { cause }));
  expect(both).toMatch(/^Error: it failed\n +at [\s\S]*\ncaused by: TypeError: x is not a function\n +at /);
});

test('What others have put on an error stands beside it, and what is no error stays what it is.', () => {
  expect(logged(Object.assign(new Error('refused'), { receiptCode: 30003 }))).toMatchObject({ receiptCode: 30003 });
  expect(logged('a text')).toBe('a text');
  const circle = new Error('round');
  circle.cause = circle;
  expect(logged(circle)).toMatchObject({ message: 'round' });
});
