import { setImmediate } from 'node:timers/promises';
import type { RealtimeMethod, Sid } from '@colloquy/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { z } from 'zod';
import type { UserActor } from '../../core/actor.ts';
import { createConversation } from '../../core/conversations/actions.ts';
import { sendMessage } from '../../core/messages/actions.ts';
import { addParticipant } from '../../core/participants/actions.ts';
import { createService } from '../../core/services/actions.ts';
import { connectUser, updateUser } from '../../core/users/actions.ts';
import { type OpenRealtime, openRealtime, testKeys } from '../../testing/open-realtime.ts';
import type { CallError, RawClient } from '../../testing/raw-client.ts';
import { makeToken } from '../tokens.ts';
import { methods } from './methods.ts';

/** Stands in all that only those who are in the vault may read, and nowhere else. */
const secret = 'only for those within';
/** Stands in what only users of the same service may read. */
const inHouse = 'only for this service';

const roles = ['nobody', 'creator', 'member', 'stranger', 'foreigner'] as const;
type Role = (typeof roles)[number];

let at: OpenRealtime;
let otherService: Sid<'IS'>;
let vault: { sid: string; owner: UserActor };
const clients = new Map<Role, RawClient>();
/** What a hostile client may know or guess: names of its own things and of others'. */
let known: string[];

beforeAll(async () => {
  at = await openRealtime();
  otherService = (await at.core.run(createService, at.account, { friendlyName: 'other' })).sid as Sid<'IS'>;
  const { service } = at;
  const owner = await at.user('owner');
  await at.core.run(updateUser, owner, { service, user: 'owner', attributes: JSON.stringify({ note: inHouse }) });
  const row = await at.core.run(createConversation, owner, {
    service,
    uniqueName: 'vault',
    friendlyName: secret,
    attributes: JSON.stringify(secret),
  });
  vault = { sid: row.sid, owner };
  const conversation = row.sid;
  const joined = await at.core.run(addParticipant, owner, { service, conversation, identity: 'owner' });
  const address = '+12025550111';
  await at.core.run(addParticipant, at.account, { service, conversation, address, proxyAddress: '+12025550100' });
  const message = await at.core.run(sendMessage, owner, { service, conversation, body: secret });
  const cast = [];
  for (const identity of ['creator', 'member', 'stranger']) cast.push((await at.user(identity)).user);
  const { sid: foreigner } = await at.core.run(connectUser, at.account, {
    service: otherService,
    identity: 'stranger',
  });
  const { sid: role } = await at.core.db.sql.selectFrom('roles').select('sid').limit(1).executeTakeFirstOrThrow();
  known = [
    ...[conversation, 'vault', joined.sid, message.sid, owner.user, 'owner', address, '+12025550100', service],
    ...[otherService, 'shared', 'creator', 'member', 'stranger', ...cast, foreigner, role],
    ...[conversation.toLowerCase(), conversation.toUpperCase(), owner.user.replace('US', 'CH')],
    ...[await at.token('creator'), await tokenOf('stranger'), await tokenOf('foreigner')],
  ];
});
afterAll(() => at.discard());

function tokenOf(role: Role): Promise<string> {
  if (role !== 'foreigner') return at.token(role);
  return makeToken(testKeys, { identity: 'stranger', service: otherService }, at.clock.now());
}

/** The conversation of `creator` and `member`, made again when one of them removed it. */
async function share(): Promise<void> {
  const creator = await at.user('creator');
  const { service, core } = at;
  const there = await core.db.sql
    .selectFrom('conversations')
    .select('sid')
    .where('unique_name', '=', 'shared')
    .execute();
  if (there.length > 0) return;
  const { sid } = await core.run(createConversation, creator, { service, uniqueName: 'shared' });
  await core.run(addParticipant, creator, { service, conversation: sid, identity: 'creator' });
  await core.run(addParticipant, creator, { service, conversation: sid, identity: 'member' });
  for (const body of ['one', 'two']) await core.run(sendMessage, creator, { service, conversation: sid, body });
  known[known.indexOf('shared') + 1] = sid;
}

async function clientOf(role: Role): Promise<RawClient> {
  const open = clients.get(role);
  if (open && !open.closed) return open;
  const client = await at.socket();
  if (role !== 'nobody') await client.call('connect', { token: await tokenOf(role) });
  clients.set(role, client);
  return client;
}

const hostileText = fc.oneof(
  fc.constantFrom(
    ...[
      '',
      ' ',
      '\0',
      'a\0b',
      '\ud800',
      'x\udfff',
      '{}',
      '[',
      '"\\ud800"',
      '__proto__',
      'constructor',
      'toString',
      '..',
    ],
    ...['%2F', "'; DROP TABLE users; --", '\u202e', 'é', 'é', 'system', 'null', '{"a":'.repeat(2000), '1e999'],
    ...[`CH${'0'.repeat(32)}`, `US${'f'.repeat(32)}`, `MB${'0'.repeat(32)}`, `IM${'0'.repeat(32)}`, '+12025550123'],
    ...[
      'x'.repeat(256),
      'x'.repeat(257),
      'é'.repeat(20_000),
      'x'.repeat(100_000),
      '[['.repeat(5000),
      'W251bGxd',
      'WzFd',
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const anyText = fc.oneof(
  { arbitrary: fc.nat().map((n) => known[n % known.length] as string), weight: 3 },
  { arbitrary: hostileText, weight: 1 },
);
const anyNumber = fc.oneof(
  { arbitrary: fc.nat({ max: 3 }), weight: 3 },
  fc.constantFrom(-1, -0, 0.5, 2 ** 31, 2 ** 53 - 1, 2 ** 53, 2 ** 63, 1e308, -1e308, Number.NaN, 100, 101, 1000),
);
/** What is nested deeper is no request. */
const nested = fc.nat({ max: 25 }).map((depth) => {
  let value: unknown = 'end';
  for (let n = 0; n < depth; n += 1) value = n % 2 ? [value] : { a: value };
  return value;
});
const anything: fc.Arbitrary<unknown> = fc.oneof(
  anyText,
  anyNumber,
  fc.constantFrom(null, true, [], {}, [[]], JSON.parse('{"__proto__": {"key": "k", "conversation": "vault"}}')),
  nested,
  fc.jsonValue({ maxDepth: 20 }),
);

/** Values that a schema takes, in shape at least: what of them makes sense is for the server to say. */
function shapedLike(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'string':
      return anyText;
    case 'number':
      return anyNumber;
    case 'optional':
      return fc.oneof(fc.constant(undefined), shapedLike(def.innerType));
    case 'nullable':
      return fc.oneof(fc.constant(null), shapedLike(def.innerType));
    case 'enum':
      return fc.constantFrom(...Object.values(def.entries));
    case 'literal':
      return fc.constantFrom(...def.values);
    case 'array':
      return fc.array(shapedLike(def.element), { maxLength: 120, size: 'small' });
    // The one there is: positions by stream.
    case 'custom':
      return fc.dictionary(anyText, anyNumber, { maxKeys: 5 });
    case 'union':
      return fc.oneof(...def.options.map(shapedLike));
    case 'object':
      return fc.record(Object.fromEntries(Object.entries(def.shape).map(([key, value]) => [key, shapedLike(value)])));
    default:
      throw new Error(`No values are made yet for ${def.type}.`);
  }
}

/** Mostly of the right shape with one value that is anything; now and then nothing fits. */
function paramsOf(method: RealtimeMethod): fc.Arbitrary<unknown> {
  const shaped = shapedLike(methods[method].params) as fc.Arbitrary<Record<string, unknown>>;
  const spoilt = fc.tuple(shaped, fc.nat(), anything).map(([params, n, value]) => {
    const names = Object.keys(params);
    return { ...params, [names[n % (names.length || 1)] ?? 'extra']: value };
  });
  return fc.oneof(
    { arbitrary: shaped, weight: 4 },
    { arbitrary: spoilt, weight: 2 },
    { arbitrary: anything, weight: 1 },
  );
}

const request = fc
  .constantFrom(...(Object.keys(methods) as RealtimeMethod[]))
  .chain((method) =>
    fc.record({ role: fc.constantFrom(...roles), method: fc.constant(method), params: paramsOf(method) }),
  );

/** All of the vault, and what its owner says of himself. */
async function vaultState() {
  const { sql } = at.core.db;
  const { sid, owner } = vault;
  return {
    conversation: await sql.selectFrom('conversations').selectAll().where('sid', '=', sid).execute(),
    participants: await sql.selectFrom('participants').selectAll().where('conversation_sid', '=', sid).execute(),
    messages: await sql.selectFrom('messages').selectAll().where('conversation_sid', '=', sid).execute(),
    events: await sql.selectFrom('events').selectAll().where('stream', '=', sid).execute(),
    // Not his position: others may add him to their conversations.
    owner: await sql
      .selectFrom('users')
      .select(['friendly_name', 'attributes'])
      .where('sid', '=', owner.user)
      .execute(),
  };
}

/** All that came in, as text. */
function heardBy(client: RawClient): string {
  return JSON.stringify([client.connected, client.events, client.notifications, client.strays]);
}

test('No request of anybody breaks anything, changes what it may not, or shows what it may not.', async () => {
  await share();
  const before = await vaultState();
  const codes = new Set<number>();
  let accepted = 0;

  await fc.assert(
    fc.asyncProperty(request, async ({ role, method, params }) => {
      await share();
      const client = await clientOf(role);
      const logged = at.events.length;
      const answer = await client.call(method, params as never).then(
        (result: unknown) => ({ result }),
        (error: CallError) => ({ error }),
      );

      if ('error' in answer) {
        const { code, message, data } = answer.error;
        codes.add(code);
        expect(code, message).toBeTypeOf('number');
        expect(code).not.toBe(20500);
        expect(at.events.length).toBe(logged);
        expect(JSON.stringify([message, data])).not.toContain(secret);
        if (role === 'nobody' && method !== 'connect') expect(code).toBe(20003);
      } else {
        accepted += 1;
        const text = JSON.stringify(answer.result);
        expect(text).not.toContain(secret);
        if (role === 'foreigner') expect(text).not.toContain(inHouse);
      }

      // A refused connect costs the socket, unless it is connected already; nothing else does.
      if (method === 'connect') {
        if ('error' in answer && ![-32602, 20409].includes(answer.error.code)) await client.until(() => client.closed);
        if (client.closed) expect(client.closed.code).toBe(4401);
        client.cut();
        clients.delete(role);
      } else expect(client.closed).toBe(undefined);
    }),
    { numRuns: 3000 },
  );

  expect(await vaultState()).toEqual(before);
  for (const client of clients.values()) expect(heardBy(client)).not.toContain(secret);
  // Otherwise nothing was tried.
  expect(accepted).toBeGreaterThan(100);
  expect(codes).toContain(50350);
  // Which ones come up is chance.
  expect(codes.size).toBeGreaterThan(10);
}, 60_000);

test('What is no request is answered and counted, and costs nobody else his socket.', async () => {
  const bystander = await clientOf('member');
  const frame = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(
      '{"jsonrpc":"2.0","id":1e999,"method":"ping"}',
      '{"jsonrpc":"2.0","id":null,"method":"ping"}',
      '{"jsonrpc":"2.0","id":{},"method":"ping"}',
      '{"jsonrpc":"1.0","id":1,"method":"ping"}',
      '{"jsonrpc":"2.0","id":"a","method":["ping"]}',
      '{"__proto__":{"jsonrpc":"2.0","id":1,"method":"ping"}}',
      '[{"jsonrpc":"2.0","id":1,"method":"ping"}]',
      '['.repeat(100_000),
      `{"jsonrpc":"2.0","id":"${'x'.repeat(65)}","method":"ping"}`,
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 30, maxLength: 30 }), async (frames) => {
      const client = await at.socket();
      for (const data of frames) client.send(data as string | Buffer);
      await client.until(() => client.closed);
      expect(client.closed?.code).toBe(4400);
      expect(client.strays.length).toBe(21);
      for (const { error } of client.strays) expect([-32700, -32600]).toContain(error?.code);
    }),
    { numRuns: 20 },
  );
  await setImmediate();
  await bystander.call('ping', {});
});
