import { expect, it } from 'vitest';
import { fromRpc } from './errors.ts';

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
