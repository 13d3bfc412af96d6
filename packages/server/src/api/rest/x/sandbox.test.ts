import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Operations, openOperations } from './test-operations.ts';

const phone = '+12025550123';
const proxyAddress = '+12025550100';
const path = `/sandbox/phones/${encodeURIComponent(phone)}`;

let server: Operations;
let conversation: string;
beforeEach(async () => {
  server = await openOperations();
  conversation = await server.rig.converse({ address: phone, proxyAddress });
});
afterEach(() => server.close());

it('shows what arrived at a phone and what was written on it, oldest first', async () => {
  await server.rig.say(conversation, 'hello');
  await server.channels.idle();
  const { status, body } = await server.call('POST', `${path}/messages`, { to: proxyAddress, body: 'hi' });
  expect(status).toBe(201);
  const [message] = (await server.rig.messages(conversation)).slice(1);
  expect(body).toEqual({
    id: expect.any(Number),
    direction: 'out',
    from: phone,
    to: proxyAddress,
    body: 'hi',
    media: [],
    status: 'routed',
    dateCreated: new Date(server.rig.clock.now()).toISOString(),
    conversationSid: conversation,
    messageSid: message?.sid,
    reason: null,
  });
  const all = await server.call('GET', `${path}/messages`);
  expect(all.body).toEqual({
    messages: [
      expect.objectContaining({ direction: 'in', from: proxyAddress, to: phone, body: 'hello', status: 'sent' }),
      expect.objectContaining({ direction: 'out', from: phone, to: proxyAddress, body: 'hi', status: 'routed' }),
    ],
  });
  const idsOf = ({ body }: { body: unknown }) => (body as { messages: { id: number }[] }).messages.map(({ id }) => id);
  const [first, second] = idsOf(all);
  const after = await server.call('GET', `${path}/messages?after=${first}`);
  expect(idsOf(after)).toEqual([second]);
  const limited = await server.call('GET', `${path}/messages?limit=1`);
  expect(idsOf(limited)).toEqual([first]);
});

it('shows an empty phone where nobody has called yet', async () => {
  const { status, body } = await server.call('GET', '/sandbox/phones/%2B447700900123/messages');
  expect([status, body]).toEqual([200, { messages: [] }]);
});

it('answers a repeated POST with the same id as the first one, and writes one message', async () => {
  const write = () => server.call('POST', `${path}/messages`, { to: proxyAddress, body: 'hi', id: 'mine' });
  const answers = await Promise.all([write(), write(), write()]);
  expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  expect(await server.rig.messages(conversation)).toHaveLength(1);
  const other = await server.call('POST', `${path}/messages`, { to: proxyAddress, body: 'ho', id: 'mine' });
  expect([other.status, other.body]).toEqual([409, expect.objectContaining({ code: 20409 })]);
});

it('says where a message went that nobody waits for', async () => {
  const { status, body } = await server.call('POST', '/sandbox/phones/%2B447700900123/messages', {
    to: proxyAddress,
    body: 'hi',
  });
  expect(status).toBe(201);
  expect(body).toMatchObject({ status: 'unrouted', conversationSid: null, reason: expect.any(String) });
});

it('holds an empty answer back until there is a message', async () => {
  const waiting = server.call('GET', `${path}/messages?wait=25`);
  await server.rig.say(conversation, 'hello');
  expect((await waiting).body).toMatchObject({ messages: [{ body: 'hello' }] });
});

it('holds an empty answer back no longer than it was asked to', async () => {
  let answered = false;
  const waiting = server.call('GET', `${path}/messages?wait=10`).then((answer) => {
    answered = true;
    return answer;
  });
  await server.call('POST', '/sandbox/phones/%2B447700900123/messages', { to: proxyAddress, body: 'another phone' });
  server.rig.clock.advance(9999);
  await server.call('GET', `${path}/messages`);
  expect(answered).toBe(false);
  server.rig.clock.advance(1);
  expect((await waiting).body).toEqual({ messages: [] });
});

it('answers whoever waits when the server stops', async () => {
  const waiting = server.call('GET', `${path}/messages?wait=25`);
  await server.call('GET', `${path}/messages`);
  await server.app.close();
  expect((await waiting).body).toEqual({ messages: [] });
});

it('adds, lists and clears faults', async () => {
  const added = await server.call('POST', `${path}/faults`, { kind: 'undelivered', count: 2, errorCode: 30005 });
  const undelivered = { kind: 'undelivered', count: 2, delayMs: 0, errorCode: 30005 };
  expect([added.status, added.body]).toEqual([201, { faults: [undelivered] }]);
  await server.call('POST', `${path}/faults`, { kind: 'delay' });
  const delay = { kind: 'delay', count: 1, delayMs: 3000, errorCode: 0 };
  expect((await server.call('GET', `${path}/faults`)).body).toEqual({ faults: [undelivered, delay] });
  expect((await server.call('DELETE', `${path}/faults`)).status).toBe(204);
  expect((await server.call('GET', `${path}/faults`)).body).toEqual({ faults: [] });
});

it('lets a WhatsApp phone read, and no other', async () => {
  const number = 'whatsapp:+12025550123';
  const chat = await server.rig.converse({ address: number, proxyAddress: 'whatsapp:+12025550100' });
  const message = await server.rig.say(chat, 'hello');
  await server.channels.idle();
  const whatsapp = `/sandbox/phones/${encodeURIComponent(number)}`;
  const upTo = Number.MAX_SAFE_INTEGER;
  expect((await server.call('POST', `${whatsapp}/read`, { upTo })).body).toEqual({ read: 1 });
  await server.channels.idle();
  expect((await server.rig.receipts(message))[0]?.status).toBe('read');
  expect((await server.call('POST', `${path}/read`, { upTo })).body).toMatchObject({ code: 20422 });
});

describe('bad input', () => {
  const messages = `${path}/messages`;
  const to = proxyAddress;
  it.each<[string, 'GET' | 'POST', string, unknown, number, number]>([
    ['no body', 'POST', messages, undefined, 400, 20001],
    ['no recipient', 'POST', messages, { body: 'x' }, 400, 20001],
    ['no text', 'POST', messages, { to }, 400, 20001],
    ['an empty text', 'POST', messages, { to, body: '' }, 400, 20422],
    ['a text that is none', 'POST', messages, { to, body: 1 }, 400, 20422],
    ['a text with U+0000', 'POST', messages, { to, body: 'a\0b' }, 400, 20422],
    ['a text with half a surrogate pair', 'POST', messages, { to, body: 'a\ud800' }, 400, 20422],
    ['a text that is too long', 'POST', messages, { to, body: 'x'.repeat(32 * 1024 + 1) }, 400, 20422],
    ['an empty id', 'POST', messages, { to, body: 'x', id: '' }, 400, 20422],
    ['a recipient that is none', 'POST', messages, { to: 'me', body: 'x' }, 400, 20422],
    ['a recipient of another channel', 'POST', messages, { to: `whatsapp:${to}`, body: 'x' }, 400, 20422],
    ['a body that is no object', 'POST', messages, [1], 400, 20422],
    ['a phone that is no number', 'GET', '/sandbox/phones/me/messages', undefined, 400, 20422],
    ['a phone of another channel', 'GET', '/sandbox/phones/messenger:1/messages', undefined, 400, 20422],
    ['a phone with a broken escape', 'GET', '/sandbox/phones/%zz/messages', undefined, 404, 20404],
    ['a wait that is too long', 'GET', `${messages}?wait=26`, undefined, 400, 20422],
    ['a wait that is no number', 'GET', `${messages}?wait=soon`, undefined, 400, 20422],
    ['a limit of nothing', 'GET', `${messages}?limit=0`, undefined, 400, 20422],
    ['an after below zero', 'GET', `${messages}?after=-1`, undefined, 400, 20422],
    ['a fault of no kind', 'POST', `${path}/faults`, {}, 400, 20001],
    ['a fault of an unknown kind', 'POST', `${path}/faults`, { kind: 'boredom' }, 400, 20422],
    ['a fault that never comes', 'POST', `${path}/faults`, { kind: 'fail', count: 0 }, 400, 20422],
    ['a fault with half a delay', 'POST', `${path}/faults`, { kind: 'delay', delayMs: 0.5 }, 400, 20422],
  ])('is refused and changes nothing: %s', async (_name, method, target, body, status, code) => {
    const answer = await server.call(method, target, body);
    expect([answer.status, answer.body]).toEqual([status, expect.objectContaining({ code, status })]);
    expect(await server.rig.messages(conversation)).toEqual([]);
    expect((await server.call('GET', `${path}/faults`)).body).toEqual({ faults: [] });
  });

  it('never makes an error of the server', async () => {
    const target = fc.constantFrom(`${path}/messages`, `${path}/faults`, `${path}/read`);
    const json = fc.oneof(
      fc.json().map((text) => JSON.parse(text) as unknown),
      fc.record({ to: fc.anything(), body: fc.anything(), kind: fc.anything() }, { requiredKeys: [] }),
    );
    await fc.assert(
      fc.asyncProperty(target, json, async (url, body) => {
        const payload = JSON.stringify(body) ?? '';
        const headers = { authorization: `Basic ${btoa(`SKx:secret`)}`, 'content-type': 'application/json' };
        const { statusCode } = await server.app.inject({ method: 'POST', url: `/v1/x${url}`, headers, payload });
        expect(statusCode).toBeLessThan(500);
      }),
      { numRuns: 200 },
    );
  });
});

describe('who may', () => {
  it.each(['', 'Basic x', `Basic ${btoa('ACx:token')}`, 'Bearer something'])('not: %j', async (authorization) => {
    const answer = await server.call('GET', `${path}/messages`, undefined, authorization);
    expect([answer.status, answer.body]).toEqual([401, expect.objectContaining({ code: 20003 })]);
  });

  it("also the playground's page", async () => {
    expect((await server.call('GET', `${path}/messages`, undefined, 'Bearer playground')).status).toBe(200);
  });
});

it('is not there when the sandbox is off', async () => {
  const off = await openOperations('off');
  const messages = await off.call('GET', `${path}/messages`);
  expect([messages.status, messages.body]).toEqual([404, expect.objectContaining({ code: 20404 })]);
  expect((await off.call('POST', `${path}/messages`, { to: proxyAddress, body: 'x' })).status).toBe(404);
  expect((await off.call('POST', `${path}/faults`, { kind: 'fail' })).status).toBe(404);
  await off.close();
});

it('takes messages for its own numbers only', async () => {
  const some = await openOperations([proxyAddress]);
  expect((await some.call('POST', `${path}/messages`, { to: proxyAddress, body: 'x' })).status).toBe(201);
  const other = await some.call('POST', `${path}/messages`, { to: '+12025550199', body: 'x' });
  expect([other.status, other.body]).toEqual([400, expect.objectContaining({ code: 20422 })]);
  await some.close();
});
