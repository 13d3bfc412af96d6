import { expect, test } from 'vitest';
import { secretsIn, withoutSecrets } from './secret-urls.ts';

test.each([
  ['postgres://me:a-secret@db.example:5432/chat', 'postgres://db.example:5432/chat', ['a-secret']],
  ['postgres://me@db.example/chat?password=a%2Fsecret&sslmode=require', 'postgres://db.example/chat', ['a/secret']],
  ['postgresql://me:one@[::1]/chat?sslpassword=two', 'postgresql://[::1]/chat', ['one', 'two']],
  ['nats://a-token@nats.example:4222', 'nats://nats.example:4222', ['a-token']],
  ['tls://me:p%40ss@nats.example', 'tls://nats.example', ['p%40ss', 'p@ss']],
  ['https://hook:100%@example.com/path?key=1', 'https://example.com/path', ['100%']],
])('Nobody reads a secret of %s.', (url, shown, secrets) => {
  expect(withoutSecrets(url)).toBe(shown);
  expect(secretsIn(url)).toEqual(expect.arrayContaining(secrets));
});

test('Where there is no secret, nothing is one.', () => {
  expect(secretsIn('nats://nats.example:4222')).toEqual([]);
  expect(secretsIn('not an address')).toEqual([]);
});
