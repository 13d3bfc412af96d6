import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { authorization, basic, type Method, type OpenRest, openRest } from '../../testing/open-rest.ts';
import { stateOf } from '../../testing/scenarios.ts';

let at: OpenRest;
beforeAll(async () => {
  // Without phones: what they are sent goes on in the background and would look like a change.
  at = await openRest({ sandbox: 'off', publicUrl: null });
});
afterAll(() => at.discard());

type World = Record<string, string>;

let planted = 0;
const newRole = { FriendlyName: 'role', Type: 'conversation', Permission: 'sendMessage' };

/** Removes what it left behind: comparing all of it with itself takes the most time here. */
async function clear(): Promise<void> {
  const { services } = await at.get('/v1/Services?PageSize=100');
  const [, ...others] = services;
  for (const { sid } of others) await at.remove(`/v1/Services/${sid}`);
  const { conversations } = await at.get('/v1/Conversations?PageSize=100');
  for (const { sid } of conversations) await at.remove(`/v1/Conversations/${sid}`);
  const { users } = await at.get('/v1/Users?PageSize=50');
  for (const { sid } of users) await at.remove(`/v1/Users/${sid}`);
}

/** A service, and in it or in the default service one of everything that a path can name. */
async function plant(inDefaultService: boolean): Promise<World> {
  planted += 1;
  const name = `world ${planted}`;
  const { sid: service } = await at.post('/v1/Services', { FriendlyName: name });
  const base = inDefaultService ? '/v1' : `/v1/Services/${service}`;
  const { sid: conversation } = await at.post(`${base}/Conversations`, { UniqueName: name });
  const { sid: participant } = await at.post(`${base}/Conversations/${name}/Participants`, { Identity: name });
  const { sid: message } = await at.post(`${base}/Conversations/${name}/Messages`, { Body: 'x' });
  const { sid: role } = await at.post(`${base}/Roles`, { ...newRole, FriendlyName: name });
  return {
    service,
    conversation,
    participant,
    message,
    role,
    user: name,
    receipt: `DY${'0'.repeat(32)}`,
    new: `new ${planted}`,
  };
}

type Fields = Record<string, string>;
interface Operation {
  method: Method;
  path: string;
  /** What it takes: parameters that it accepts together; `{new}` is a name that nobody has. */
  fields: Fields;
}

const date = '2024-02-29T12:00:00Z';
const conversationFields = {
  FriendlyName: 'x',
  Attributes: '{}',
  State: 'active',
  MessagingServiceSid: `MG${'0'.repeat(32)}`,
  'Timers.Inactive': 'PT1M',
  'Timers.Closed': 'PT10M',
  'Bindings.Email.Address': 'x@example.com',
  'Bindings.Email.Name': 'x',
  DateCreated: date,
  DateUpdated: date,
};
const messageFields = { Author: 'x', Body: 'x', Attributes: '[]', Subject: 'x', DateCreated: date, DateUpdated: date };
const horizon = { LastReadMessageIndex: '0', LastReadTimestamp: date };
const page = { PageSize: '1', Page: '0' };

const conversation = '/Conversations/:conversation';
const shared: Operation[] = [
  {
    method: 'GET',
    path: '/Conversations',
    fields: { ...page, StartDate: date, EndDate: '2024-03-01', State: 'active' },
  },
  { method: 'POST', path: '/Conversations', fields: conversationFields },
  { method: 'GET', path: conversation, fields: {} },
  { method: 'POST', path: conversation, fields: conversationFields },
  { method: 'DELETE', path: conversation, fields: {} },
  { method: 'GET', path: `${conversation}/Messages`, fields: { ...page, Order: 'desc' } },
  { method: 'POST', path: `${conversation}/Messages`, fields: messageFields },
  { method: 'GET', path: `${conversation}/Messages/:message`, fields: {} },
  { method: 'POST', path: `${conversation}/Messages/:message`, fields: messageFields },
  { method: 'DELETE', path: `${conversation}/Messages/:message`, fields: {} },
  { method: 'GET', path: `${conversation}/Messages/:message/Receipts`, fields: page },
  { method: 'GET', path: `${conversation}/Messages/:message/Receipts/:receipt`, fields: {} },
  { method: 'GET', path: `${conversation}/Participants`, fields: page },
  {
    method: 'POST',
    path: `${conversation}/Participants`,
    fields: { Identity: '{new}', Attributes: '1', DateCreated: date },
  },
  { method: 'GET', path: `${conversation}/Participants/:participant`, fields: {} },
  { method: 'POST', path: `${conversation}/Participants/:participant`, fields: { Attributes: '1', ...horizon } },
  { method: 'DELETE', path: `${conversation}/Participants/:participant`, fields: {} },
  { method: 'GET', path: '/Users', fields: page },
  { method: 'POST', path: '/Users', fields: { Identity: '{new}', FriendlyName: 'x', Attributes: '""' } },
  { method: 'GET', path: '/Users/:user', fields: {} },
  { method: 'POST', path: '/Users/:user', fields: { FriendlyName: 'x', Attributes: '""' } },
  { method: 'DELETE', path: '/Users/:user', fields: {} },
  { method: 'GET', path: '/Users/:user/Conversations', fields: page },
  { method: 'GET', path: '/Users/:user/Conversations/:conversation', fields: {} },
  {
    method: 'POST',
    path: '/Users/:user/Conversations/:conversation',
    fields: { NotificationLevel: 'muted', ...horizon },
  },
  { method: 'DELETE', path: '/Users/:user/Conversations/:conversation', fields: {} },
  { method: 'GET', path: '/ParticipantConversations', fields: { ...page, Identity: 'world 1' } },
  { method: 'GET', path: '/Roles', fields: page },
  { method: 'POST', path: '/Roles', fields: newRole },
  { method: 'GET', path: '/Roles/:role', fields: {} },
  { method: 'POST', path: '/Roles/:role', fields: { Permission: 'leaveConversation' } },
  { method: 'DELETE', path: '/Roles/:role', fields: {} },
];
const operations: Operation[] = [
  ...shared,
  ...shared.map((one) => ({ ...one, path: `/Services/:service${one.path}` })),
  { method: 'GET', path: '/Services', fields: page },
  { method: 'POST', path: '/Services', fields: { FriendlyName: 'x' } },
  { method: 'GET', path: '/Services/:service', fields: {} },
  { method: 'DELETE', path: '/Services/:service', fields: {} },
  { method: 'GET', path: '/Services/:service/Configuration', fields: {} },
  { method: 'POST', path: '/Services/:service/Configuration', fields: { ReachabilityEnabled: 'true' } },
  { method: 'GET', path: '/Configuration', fields: {} },
];

const names = [
  ...new Set([...operations.flatMap(({ fields }) => Object.keys(fields)), 'UniqueName', 'MediaSid', 'ContentSid']),
  ...[
    'ContentVariables',
    'RoleSid',
    'PageToken',
    'Address',
    'MessagingBinding.Address',
    'MessagingBinding.ProxyAddress',
  ],
  ...['MessagingBinding.ProjectedAddress', 'DefaultConversationRoleSid', 'DefaultChatServiceRoleSid', '__proto__', ''],
];
const sid = fc.constantFrom('CH', 'IM', 'MB', 'US', 'RL', 'IS', 'MG', 'HX').map((prefix) => prefix + '0'.repeat(32));
const awkward = fc.constantFrom(
  ...['', 'null', 'undefined', 'true', '0', '-1', '1e9', '9'.repeat(30), 'NaN', '{}', '[', '"\\ud800"', '%', '\0'],
  ...['..', '.', '/', '?', '#', 'a/b', "' OR 1=1 --", '"; DROP TABLE users', '$where', '{{x}}', '\u202e', '\ufeff'],
  ...['system', 'world 1', 'closed', 'inactive', 'service', 'conversation', 'sendMessage', 'asc', 'muted'],
  ...['2024-02-30', '0000-00-00', '9999-12-31T23:59:59.999Z', 'PT1M', 'P1Y', 'PT0.0000001S', `P${'9'.repeat(40)}D`],
  ...['+12025550150', 'whatsapp:+12025550150', 'x@example.com', 'x'.repeat(300), '漢'.repeat(12_000), '😀'],
);
const value = fc.oneof(awkward, sid, fc.string({ unit: 'binary' }), fc.json());
const badSegment = fc.oneof(
  value.map((one) => encode(one.slice(0, 300))),
  fc.constantFrom('', '%', '%zz', '%ff', '%c0%80', '%00', '%2F', '%252F', '+', ';', ':', '@', '\u{1F600}'),
);

/** What is done to a request that is good. */
interface Spoiling {
  /** Which of the names in the path. */
  hole: number;
  segment: string | undefined;
  fields: [name: string, value: string][];
  dropped: number | undefined;
  raw: Uint8Array | undefined;
  type: string | undefined;
  authorization: string | undefined;
}
/** One time in some; else undefined. */
const onceIn = <T>(times: number, of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: of });
const spoiling: fc.Arbitrary<Spoiling> = fc.record({
  hole: fc.nat(),
  segment: onceIn(4, badSegment),
  fields: fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 2 }),
  dropped: onceIn(4, fc.nat(8)),
  raw: onceIn(8, fc.uint8Array({ maxLength: 300 })),
  type: onceIn(8, fc.constantFrom('application/json', 'text/plain', 'multipart/form-data', ';', 'x')),
  authorization: onceIn(
    8,
    fc.oneof(fc.string(), fc.base64String()).map((one) => basic(one, one)),
  ),
});
const nothingSpoilt: Spoiling = {
  hole: 0,
  segment: undefined,
  fields: [],
  dropped: undefined,
  raw: undefined,
  type: undefined,
  authorization: undefined,
};

function encode(one: string): string {
  return encodeURIComponent(one.toWellFormed());
}

function build({ method, path, fields }: Operation, world: World, spoilt: Spoiling): InjectOptions {
  const holes = path.match(/:\w+/g) ?? [];
  const bad = spoilt.segment === undefined || holes.length === 0 ? undefined : holes[spoilt.hole % holes.length];
  const url = path.replace(/:(\w+)/g, (hole, kind) =>
    hole === bad ? (spoilt.segment ?? '') : encode(world[kind] ?? ''),
  );
  const kept = Object.entries(fields).filter((_, at) => at !== spoilt.dropped);
  const good = kept.map(([name, one]) => [name, one.replace('{new}', world['new'] ?? '')] as const);
  const sent = [...good, ...spoilt.fields].map(([name, one]) => `${encode(name)}=${encode(one)}`).join('&');
  const payload = spoilt.raw ? Buffer.from(spoilt.raw) : Buffer.from(sent);
  return {
    method: method as 'GET',
    url: method === 'GET' ? `/v1${url}?${spoilt.raw ? encode(payload.toString('latin1')) : sent}` : `/v1${url}`,
    headers: {
      authorization: spoilt.authorization ?? authorization.byApiKey,
      'content-type': spoilt.type ?? 'application/x-www-form-urlencoded',
    },
    ...(method === 'POST' && { payload }),
  };
}

/** What a good request is answered with. Without phones there is no receipt to be had. */
function success({ method, path }: Operation): number {
  if (path.endsWith('/:receipt')) return 404;
  if (method === 'DELETE') return 204;
  return method === 'GET' || /\/(:\w+|Configuration)$/.test(path) ? 200 : 201;
}

test.each(operations.map((operation) => [operation.method, operation.path, operation] as const))(
  'However %s %s is asked, it is no error of the server, and what is refused changes nothing.',
  async (method, path, operation) => {
    const inDefaultService = !path.startsWith('/Services/');
    let world = await plant(inDefaultService);
    let before = await stateOf(at);
    const ask = async (spoilt: Spoiling) => {
      const answer = await at.server.inject(build(operation, world, spoilt));
      expect(answer.statusCode).toBeLessThan(500);
      if (answer.statusCode >= 400) {
        const { code, message, more_info, status, ...others } = answer.json();
        expect({ status, others }).toEqual({ status: answer.statusCode, others: {} });
        expect(more_info).toBe(`https://www.twilio.com/docs/errors/${code}`);
        expect(message).toMatch(/\S/);
      }
      const after = await stateOf(at);
      if (answer.statusCode >= 400 || method === 'GET') expect(after).toEqual(before);
      before = after;
      return answer.statusCode;
    };
    await fc.assert(
      fc.asyncProperty(spoiling, async (spoilt) => void (await ask(spoilt))),
      { numRuns: 25 },
    );
    // What all those are variations of.
    await clear();
    world = await plant(inDefaultService);
    before = await stateOf(at);
    expect(await ask(nothingSpoilt)).toBe(success(operation));
  },
);

test('Whatever comes over the wire, the server answers, or hangs up, and goes on.', async () => {
  const { url } = await at.server.listen();
  const { port } = new URL(url);
  const line = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('GET /v1 HTTP/1.1', 'POST /v1/Users HTTP/1.1', `Authorization: ${authorization.byAccount}`),
    fc.constantFrom('Host: x', 'Content-Length: 5', 'Transfer-Encoding: chunked', 'Expect: 100-continue', 'Upgrade: x'),
    fc
      .tuple(fc.constantFrom('GET', 'POST', 'OPTIONS'), fc.string())
      .map(([method, path]) => `${method} /${path} HTTP/1.1`),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
      const socket = connect(Number(port), '127.0.0.1');
      await once(socket, 'connect');
      socket.on('error', () => socket.destroy());
      socket.end(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`));
      const answer = await text(socket).catch(() => '');
      for (const [, status] of answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)) expect(Number(status)).toBeLessThan(500);
    }),
    { numRuns: 300 },
  );
  expect(await at.ask('GET', '/v1/Configuration')).toMatchObject({ status: 200 });
});
