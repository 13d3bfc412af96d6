import { afterEach, describe, expect, test } from 'vitest';
import { commandNamed } from '../../core/commands.ts';
import { conversationActions, serviceActions } from '../../core/rates/actions.ts';
import { contractRates, type RateLimits } from '../../core/rates/rate-limits.ts';
import {
  authorization,
  basic,
  type Form,
  type Method,
  type OpenRest,
  openRest,
  testCredentials,
} from '../../testing/open-rest.ts';

let at: OpenRest;
afterEach(() => at.discard());

type Request = [Method, string, Form?];

/** Of which each counts as one of its kind; `room` and `other` are conversations, `ann` is a participant of `room`. */
const kinds: [limit: keyof RateLimits, code: number, requests: Request[], elsewhere: Request | undefined][] = [
  [
    'conversations',
    50063,
    [
      ['POST', '/v1/Conversations'],
      ['POST', '/v1/ConversationWithParticipants', { Participant: '{"identity":"ann"}' }],
      ['DELETE', '/v1/Conversations/other'],
    ],
    ['POST', '/v1/Services/{second}/Conversations'],
  ],
  [
    'users',
    50063,
    [
      ['POST', '/v1/Users', { Identity: 'bob' }],
      ['POST', '/v1/Users/bob', { FriendlyName: 'Bob' }],
      ['DELETE', '/v1/Users/bob'],
    ],
    ['POST', '/v1/Services/{second}/Users', { Identity: 'bob' }],
  ],
  [
    'roles',
    50063,
    [['POST', '/v1/Roles', { FriendlyName: 'r', Type: 'conversation', Permission: 'sendMessage' }]],
    ['POST', '/v1/Services/{second}/Roles', { FriendlyName: 'r', Type: 'conversation', Permission: 'sendMessage' }],
  ],
  [
    'conversationUpdates',
    50063,
    [
      ['POST', '/v1/Conversations/room', { FriendlyName: 'a' }],
      ['POST', '/v1/Conversations/{room}', { FriendlyName: 'b' }],
    ],
    ['POST', '/v1/Conversations/other', { FriendlyName: 'a' }],
  ],
  [
    'participants',
    50063,
    [
      ['POST', '/v1/Conversations/room/Participants', { Identity: 'cem' }],
      ['POST', '/v1/Conversations/{room}/Participants/ann', { Attributes: '{}' }],
      ['DELETE', '/v1/Conversations/room/Participants/cem'],
    ],
    ['POST', '/v1/Conversations/other/Participants', { Identity: 'cem' }],
  ],
  [
    'messages',
    50063,
    [
      ['POST', '/v1/Conversations/room/Messages', { Body: 'a' }],
      ['POST', '/v1/Conversations/{room}/Messages', { Body: 'b' }],
      ['POST', '/v1/Conversations/room/Messages/{message}', { Body: 'c' }],
      ['DELETE', '/v1/Conversations/room/Messages/{message}'],
    ],
    ['POST', '/v1/Conversations/other/Messages', { Body: 'a' }],
  ],
  [
    'actions',
    50074,
    [
      ['POST', '/v1/Conversations/room/Messages', { Body: 'a' }],
      ['POST', '/v1/Users', { Identity: 'dan' }],
    ],
    undefined,
  ],
];

async function open(rateLimits: RateLimits) {
  at = await openRest({ rateLimits });
  const room = await at.post('/v1/Conversations', { UniqueName: 'room' });
  at.clock.advance(1000);
  await at.post('/v1/Conversations', { UniqueName: 'other' });
  await at.post('/v1/Conversations/room/Participants', { Identity: 'ann' });
  const second = await at.post('/v1/Services', { FriendlyName: 'second' });
  at.clock.advance(1000);
  const message = await at.post('/v1/Conversations/room/Messages', { Body: 'first' });
  at.clock.advance(10_000);
  const world: Record<string, string> = { room: room.sid, second: second.sid, message: message.sid };
  return ([method, path, form]: Request) =>
    at.ask(
      method,
      path.replace(/\{(\w+)\}/, (_, name: string) => world[name] ?? ''),
      form === undefined ? {} : { form },
    );
}

describe.each(kinds)('%s', (limit, code, requests, elsewhere) => {
  test(`is counted, refused with ${code} beyond the limit, and possible again after Retry-After`, async () => {
    const ask = await open({ [limit]: requests.length });
    for (const request of requests) expect((await ask(request)).status).toBeLessThan(300);
    const again = requests[0] as Request;
    const events = await at.eventsOf(async () => {
      const refused = await ask(again);
      expect([refused.status, refused.body.code, refused.headers['retry-after']]).toEqual([429, code, '1']);
      expect(refused.body).toEqual({ code, message: expect.any(String), status: 429, more_info: expect.any(String) });
    });
    expect(events).toEqual([]);
    if (elsewhere) expect((await ask(elsewhere)).status).toBeLessThan(300);
    at.clock.advance(1000);
    expect((await ask(again)).body.code).not.toBe(code);
  });
});

test("at the contract's rates 30 messages go into a conversation at once, and the next a thirtieth of a second later", async () => {
  const ask = await open(contractRates);
  const send = () => ask(['POST', '/v1/Conversations/room/Messages', { Body: 'x' }]);
  const statuses = (await Promise.all(Array.from({ length: 40 }, send))).map(({ status }) => status);
  expect(statuses.filter((status) => status === 201)).toHaveLength(30);
  expect(statuses.filter((status) => status === 429)).toHaveLength(10);
  at.clock.advance(34);
  expect((await send()).status).toBe(201);
  expect((await send()).status).toBe(429);
});

test('without limits nothing is refused, however much comes at once', async () => {
  const ask = await open({});
  const send = () => ask(['POST', '/v1/Conversations/room/Messages', { Body: 'x' }]);
  const statuses = (await Promise.all(Array.from({ length: 200 }, send))).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([201]));
});

test('what is not there is not counted, and not there also at the limit', async () => {
  const ask = await open({ messages: 1 });
  for (let time = 0; time < 3; time += 1) {
    expect((await ask(['POST', '/v1/Conversations/nowhere/Messages', { Body: 'x' }])).status).toBe(404);
  }
});

test('reading is not counted', async () => {
  const ask = await open({ conversations: 1, messages: 1, actions: 2 });
  for (let time = 0; time < 5; time += 1) {
    expect((await ask(['GET', '/v1/Conversations/room/Messages'])).status).toBe(200);
  }
});

test('a user name may ask so often, however its credentials are spelled', async () => {
  const credentials = { ...testCredentials, authToken: `${testCredentials.authToken}.` };
  at = await openRest({ rateLimits: { requests: 2 }, credentials });
  const padded = basic(credentials.accountSid, credentials.authToken);
  expect(padded).toMatch(/=$/);
  const as = (header: string) => at.ask('GET', '/v1/Conversations', { headers: { authorization: header } });
  expect((await as(padded)).status).toBe(200);
  expect((await as(padded.replace(/=+$/, ''))).status).toBe(200);
  // The last character has bits that mean nothing.
  const other = padded.replace(/(.)(=+)$/, (_all, last: string, pad: string) => `${next(last)}${pad}`);
  expect(Buffer.from(other, 'base64')).toEqual(Buffer.from(padded, 'base64'));
  expect((await as(other)).status).toBe(429);

  function next(last: string): string {
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    return digits[digits.indexOf(last) + 1] ?? '';
  }
});

test('a user name may ask so often, however the path is spelled', async () => {
  at = await openRest({ rateLimits: { requests: 2 } });
  for (const path of ['/v1/Conversations', '/%761/Conversations', '/v%31/Conversations?PageSize=1']) {
    const statuses = [];
    for (let time = 0; time < 3; time += 1) statuses.push((await at.ask('GET', path)).status);
    expect(statuses).toEqual([200, 200, 429]);
    at.clock.advance(1000);
  }
});

test('each user name may ask so often; strangers neither count nor learn of it', async () => {
  at = await openRest({ rateLimits: { requests: 2 } });
  const as = (header: string) => at.ask('GET', '/v1/Conversations', { headers: { authorization: header } });
  for (let time = 0; time < 5; time += 1) expect((await as('Basic wrong')).status).toBe(401);
  for (const header of [authorization.byAccount, authorization.byApiKey]) {
    expect((await as(header)).status).toBe(200);
    expect((await as(header.replace('Basic ', 'basic   '))).status).toBe(200);
    const refused = await as(header);
    expect(refused).toMatchObject({ status: 429, body: { code: 20429, message: 'Too Many Requests', status: 429 } });
    expect(refused.headers['retry-after']).toBe('1');
  }
  expect((await as('Basic wrong')).status).toBe(401);
  expect((await at.ask('GET', '/v1/x/outbox')).body.code).toBe(20429);
  expect((await at.ask('GET', '/health')).status).toBe(200);
  at.clock.advance(500);
  expect((await as(authorization.byAccount)).status).toBe(200);
});

test('every command that is counted exists', async () => {
  at = await openRest();
  for (const name of [...Object.keys(serviceActions), ...Object.keys(conversationActions)]) {
    expect(commandNamed(name)?.name).toBe(name);
  }
});
