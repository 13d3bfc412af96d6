import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { fromRpc, libraryErrors } from './errors.ts';

it('tell what the server said, and after how long something may work', () => {
  const data = { status: 429, help: 'Wait.', retryAfter: 3 };
  expect(fromRpc({ code: 50063, message: 'Too many', data })).toMatchObject({
    code: 50063,
    message: 'Too many',
    status: 429,
    help: 'Wait.',
    retryAfter: 3,
  });
  expect(fromRpc({ code: -32601, message: 'No such method' })).toMatchObject({ status: 0, help: '' });
  expect(fromRpc({ code: -32601, message: 'No such method' }).retryAfter).toBeUndefined();
});

it("are all in the page of the library's own errors, in its words", () => {
  const page = readFileSync(new URL('../../../docs/reference/client-errors.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| (\d{3}) \| (.*?) \|/gm)].map(([, code, words]) => [code, words]);
  expect(Object.fromEntries(rows)).toEqual(libraryErrors);
});
