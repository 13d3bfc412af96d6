import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createServer, type Server } from '../../server.ts';
import { testCredentials } from '../../testing/open-rest.ts';

const directory = mkdtempSync(join(tmpdir(), 'colloquy-guard-'));
const configOf = (mode: 'development' | 'production', dataDir: string) => ({
  port: 0,
  host: '127.0.0.1',
  dataDir: join(directory, dataDir),
  publicUrl: 'http://chat.example:8010',
  mode,
  sandbox: 'any' as const,
  outgoingNetworks: [],
  preWebhook: { timeoutMs: 5000, onFailure: 'proceed' as const },
  logLevel: 'silent',
  credentials: testCredentials,
  credentialsFile: join(directory, 'credentials.json'),
});

let server: Server;
beforeAll(async () => {
  server = await createServer(configOf('development', 'development'));
});
afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true });
});

const here = { host: '127.0.0.1:8010' };
const ask = (headers: Record<string, string>, of = server) =>
  of.inject({ method: 'POST', url: '/v1/x/playground/session', headers, payload: {} });

test.each<[string, Record<string, string>]>([
  [
    'the page on this machine',
    { host: '127.0.0.1:8010', origin: 'http://127.0.0.1:8010', 'sec-fetch-site': 'same-origin' },
  ],
  ['the page under its name', { host: 'localhost:8010', origin: 'http://localhost:8010' }],
  ['the page over IPv6', { host: '[::1]:8010' }],
  ['the page at the public address', { host: 'chat.example:8010', origin: 'http://chat.example:8010' }],
  ['a script without an origin', { host: '127.0.0.1:8010' }],
])('%s gets its tokens.', async (_who, headers) => {
  const answer = await ask(headers);
  expect(answer.statusCode).toBe(200);
  expect(answer.json().users).toHaveLength(2);
  expect(answer.headers['cache-control']).toBe('no-store');
});

test.each<[string, Record<string, string>]>([
  ['a page of another site', { host: '127.0.0.1:8010', origin: 'https://evil.example' }],
  ['a page on another port of this machine', { host: '127.0.0.1:8010', origin: 'http://127.0.0.1:3000' }],
  ['a page without an origin to name', { host: '127.0.0.1:8010', origin: 'null' }],
  ['a page whose own name points here', { host: 'evil.example:8010', origin: 'http://evil.example:8010' }],
  ['a name that begins like this machine', { host: 'localhost.evil.example:8010' }],
  ['a request that a browser says is from elsewhere', { host: '127.0.0.1:8010', 'sec-fetch-site': 'cross-site' }],
])('%s gets nothing, and nothing is made.', async (_who, headers) => {
  const count = async () => (await server.core.db.sql.selectFrom('events').select('id').execute()).length;
  const before = await count();
  const answer = await ask(headers);
  expect([answer.statusCode, answer.json().code]).toEqual([403, 20006]);
  expect(answer.body).not.toContain('eyJ');
  expect(await count()).toBe(before);
});

test('A phone behind another own address has a thread of its own, which is found again.', async () => {
  const open = async (payload: object) =>
    (await server.inject({ method: 'POST', url: '/v1/x/playground/session', headers: here, payload })).json();
  const phone = { address: 'whatsapp:+12025550123', proxyAddress: 'whatsapp:+12025550143' };
  const [usual, other, again] = [await open({}), await open({ phone }), await open({ phone })];
  expect(usual.phone).toEqual({ address: '+12025550123', proxyAddress: '+12025550100' });
  expect(other.phone).toEqual(phone);
  expect(other.conversationSid).not.toBe(usual.conversationSid);
  expect(again.conversationSid).toBe(other.conversationSid);
  const fresh = await open({ phone, fresh: true });
  expect(fresh.conversationSid).not.toBe(other.conversationSid);
  expect((await open({})).conversationSid).toBe(usual.conversationSid);
});

test('Somebody by e-mail has the own address from the conversation.', async () => {
  const phone = { address: 'eve@example.org', proxyAddress: 'support@example.test' };
  const answer = await server.inject({
    method: 'POST',
    url: '/v1/x/playground/session',
    headers: here,
    payload: { phone },
  });
  expect(answer.statusCode).toBe(200);
  const conversation = await server.core.db.sql
    .selectFrom('conversations')
    .select('email_address')
    .where('sid', '=', answer.json().conversationSid)
    .executeTakeFirst();
  expect(conversation).toEqual({ email_address: 'support@example.test' });
});

test.each([
  { phone: null },
  { phone: 'x' },
  { phone: { address: '+12025550123' } },
  { phone: { address: '+12025550123', proxyAddress: 7 } },
  { phone: { address: 'hello', proxyAddress: '+12025550143' } },
  { phone: { address: '+12025550123', proxyAddress: 'x'.repeat(5000) } },
])('%j is refused, and nothing is made.', async (payload) => {
  const count = async () => (await server.core.db.sql.selectFrom('events').select('id').execute()).length;
  const before = await count();
  const answer = await server.inject({ method: 'POST', url: '/v1/x/playground/session', headers: here, payload });
  expect(answer.statusCode).toBe(400);
  expect(await count()).toBe(before);
});

test('In production there is no such door.', async () => {
  const production = await createServer(configOf('production', 'production'));
  expect((await ask({ host: '127.0.0.1:8010' }, production)).statusCode).toBeGreaterThanOrEqual(401);
  await production.close();
});
