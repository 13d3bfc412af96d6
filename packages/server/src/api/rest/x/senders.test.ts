import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRigChannels } from '../../../channels/test-rig.ts';
import { openTestCarrier, type TestCarrier } from '../../../testing/test-carrier.ts';
import { type Operations, openOperations } from './test-operations.ts';

const own = '+12025550100';
const token = 'sesame-sesame';
const order = {
  type: 'test',
  friendlyName: 'Support',
  addresses: ['+1 (202) 555-0100'],
  config: { region: 'eu', token },
};

let carrier: TestCarrier;
let at: Operations;

beforeEach(async () => {
  carrier = openTestCarrier();
  at = await openOperations('any', [carrier.module]);
});
afterEach(() => at.close());

type Body = Record<string, never> & { sid: string; senders: Body[]; notes: string[]; health: object };

async function ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<[number, Body]> {
  const { status, body: answer } = await at.call(method, path, body);
  return [status, answer as Body];
}
async function create(more: object = {}): Promise<Body> {
  const [status, body] = await ask('POST', '/senders', { ...order, ...more });
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
}

/** Moves the clock from one appointment to the next until it is so. */
async function until(so: () => Promise<boolean> | boolean): Promise<void> {
  for (let step = 0; step < 500; step += 1) {
    await at.channels.idle();
    if (await so()) return;
    at.rig.clock.advanceToNext();
  }
  throw new Error('It did not come to that.');
}
const statusOf = async (message: { sid: string }) => (await at.rig.receipts(message)).map((row) => row.status);

describe('a sender', () => {
  it('is made with what it takes, shown without its secrets, and at work at once', async () => {
    const sender = await create();
    expect(sender).toMatchObject({
      sid: expect.stringMatching(/^XE[0-9a-f]{32}$/),
      type: 'test',
      friendlyName: 'Support',
      addresses: [own],
      config: { region: 'eu' },
      secrets: ['token'],
      source: null,
      state: 'active',
      health: { state: 'up', reason: null },
      webhookUrl: `https://chat.example.com/v1/x/senders/${sender.sid}/webhook`,
    });
    expect(JSON.stringify(sender)).not.toContain(token);
    expect(await ask('GET', `/senders/${sender.sid}`)).toEqual([200, sender]);
    expect((await ask('GET', '/senders'))[1].senders).toEqual([sender]);
    const stored = JSON.stringify(await at.rig.core.db.sql.selectFrom('senders').selectAll().execute());
    expect(stored).not.toContain(token);

    const conversation = await at.rig.converse({ address: '+12025550123', proxyAddress: own });
    await at.rig.say(conversation, 'hello');
    await at.channels.idle();
    expect(carrier.sent).toMatchObject([{ sender: own, recipient: '+12025550123', parts: [{ text: 'hello' }] }]);
  });

  it('is there after a restart', async () => {
    const { sid } = await create();
    await at.channels.close();
    const channels = await openRigChannels(at.rig, 'any', { modules: [carrier.module] });
    expect(channels.ownerOf(own)?.name).toBe(sid);
    await channels.close();
  });

  it('gets the addresses that its provider says it has', async () => {
    carrier.verdict = { ok: true, addresses: ['+12025550199'], notes: ['Quality: green.'] };
    const { addresses: _, ...without } = order;
    const [status, body] = await ask('POST', '/senders', without);
    expect([status, body]).toMatchObject([201, { addresses: ['+12025550199'], notes: ['Quality: green.'] }]);
  });

  it.each([
    ['an unknown type', { type: 'pigeon' }, 20422, 'type'],
    [
      'an unknown type before anything else',
      { type: 'pigeon', config: undefined },
      20422,
      'no channel \\"pigeon\\"; there are test',
    ],
    ['a field that is missing', { config: { token } }, 20001, 'config.region'],
    ['a field that there is not', { config: { ...order.config, colour: 'red' } }, 20422, 'config.colour'],
    ['a field that does not fit', { config: { region: 'eu', token: 'short' } }, 20422, 'config.token'],
    ['no address', { addresses: [] }, 20001, 'addresses'],
    ['an address that is none', { addresses: ['hello'] }, 20422, 'addresses'],
    ['an address of another channel', { addresses: ['mailto:a@example.com'] }, 20422, 'addresses'],
    ['a member that there is not', { colour: 'red' }, 20422, 'colour'],
  ])('is refused with %s', async (_what, more, code, parameter) => {
    const [status, body] = await ask('POST', '/senders', { ...order, ...more });
    expect([status, body]).toMatchObject([400, { code }]);
    expect(JSON.stringify(body)).toContain(parameter);
    expect(JSON.stringify(body)).not.toContain(token);
    expect((await ask('GET', '/senders'))[1].senders).toEqual([]);
  });

  it('is refused with what its provider does not take, unless that is not to be asked', async () => {
    carrier.verdict = { ok: false, reason: `Who is ${token}?` };
    const [status, body] = await ask('POST', '/senders', order);
    expect([status, body]).toMatchObject([400, { code: 20422, message: expect.stringContaining('Who is …?') }]);
    const { sid } = await create({ check: false });
    expect((await ask('POST', `/senders/${sid}/check`))[1]).toMatchObject({ ok: false, reason: 'Who is …?' });
    // What a change does not name is as secret as what it does.
    const [, unchanged] = await ask('POST', `/senders/${sid}`, { config: { region: 'us' } });
    expect(JSON.stringify(unchanged)).not.toContain(token);
  });

  it('has its addresses for itself', async () => {
    const { sid } = await create();
    const [status, body] = await ask('POST', '/senders', order);
    expect([status, body]).toMatchObject([409, { code: 20409, message: expect.stringContaining(sid) }]);
  });

  it('keeps what a change leaves out, and forgets what it sets to null', async () => {
    const { sid } = await create();
    const [, renamed] = await ask('POST', `/senders/${sid}`, { friendlyName: null, config: { region: 'us' } });
    expect(renamed).toMatchObject({ friendlyName: null, addresses: [own], config: { region: 'us' } });
    expect(await at.channels.senders.channelOf(sid)?.webhook?.(webhook(token, []))).toMatchObject({ status: 200 });
    const [status] = await ask('POST', `/senders/${sid}`, { config: { token: null } });
    expect(status).toBe(400);
    const [, more] = await ask('POST', `/senders/${sid}`, { config: { token: 'another-token', pin: '1234' } });
    expect(more.secrets).toEqual(['token', 'pin']);
    expect((await ask('POST', `/senders/${sid}`, { config: { pin: null } }))[1].secrets).toEqual(['token']);
    expect(await at.channels.senders.channelOf(sid)?.webhook?.(webhook(token, []))).toMatchObject({ status: 403 });
    expect(carrier.log).toEqual(
      [1, 2, 3, 4].flatMap((n) => (n === 1 ? [`start ${sid}`] : [`stop ${sid}`, `start ${sid}`])),
    );
  });

  it('is gone when it is deleted, and what it should send waits for another with its address', async () => {
    const { sid } = await create();
    await at.close();
    carrier = openTestCarrier();
    at = await openOperations('off', [carrier.module]);
    const first = await create();
    const conversation = await at.rig.converse({ address: '+12025550123', proxyAddress: own });
    expect((await ask('DELETE', `/senders/${first.sid}`))[0]).toBe(204);
    expect((await ask('GET', `/senders/${first.sid}`))[0]).toBe(404);
    await at.rig.say(conversation, 'hello');
    await at.channels.idle();
    expect(carrier.sent).toEqual([]);
    expect(sid).not.toBe(first.sid);
    await create();
    await at.channels.idle();
    expect(carrier.sent).toHaveLength(1);
  });

  it('sends nothing while it is paused, and what waited when it is resumed', async () => {
    const { sid } = await create();
    const conversation = await at.rig.converse({ address: '+12025550123', proxyAddress: own });
    const [, paused] = await ask('POST', `/senders/${sid}/pause`, { reason: 'The invoice.' });
    expect(paused).toMatchObject({ state: 'paused', reason: 'The invoice.' });
    await at.rig.say(conversation, 'one');
    await at.rig.say(conversation, 'two');
    await at.channels.idle();
    expect(carrier.sent).toEqual([]);
    expect((await ask('POST', `/senders/${sid}/resume`))[1]).toMatchObject({ state: 'active', reason: null });
    await at.channels.idle();
    expect(carrier.sent.map(({ parts }) => parts)).toMatchObject([[{ text: 'one' }], [{ text: 'two' }]]);
  });

  it('shows that its provider refuses it, loses nothing, and goes on when that is over', async () => {
    const { sid } = await create();
    const conversation = await at.rig.converse({ address: '+12025550123', proxyAddress: own });
    const refusal = { kind: 'credentials', code: '401', message: 'Who are you?' } as const;
    carrier.answers = [{ outcome: 'rejected', error: refusal }];
    const message = await at.rig.say(conversation, 'one');
    await at.channels.idle();
    const shown = async () => (await ask('GET', `/senders/${sid}`))[1];
    await until(async () => (await shown())['state'] === 'refused');
    expect(await shown()).toMatchObject({ reason: 'Who are you? (401)', health: { state: 'down' } });
    await until(async () => (await shown())['state'] === 'active');
    expect(await statusOf(message)).toEqual(['sent']);
    expect(carrier.sent).toHaveLength(2);
  });

  it('goes on at once when its credentials are repaired', async () => {
    const { sid } = await create();
    const conversation = await at.rig.converse({ address: '+12025550123', proxyAddress: own });
    carrier.answers = [{ outcome: 'rejected', error: { kind: 'credentials', code: '401', message: 'Who?' } }];
    const message = await at.rig.say(conversation, 'one');
    await until(async () => (await ask('GET', `/senders/${sid}`))[1]['state'] === 'refused');
    const now = at.rig.clock.now();
    await ask('POST', `/senders/${sid}`, { config: { token: 'another-token' } });
    await at.channels.idle();
    expect(at.rig.clock.now()).toBe(now);
    expect(await statusOf(message)).toEqual(['sent']);
  });
});

function webhook(given: string, events: object[]) {
  const body = Buffer.from(JSON.stringify(events));
  return { method: 'POST', url: '', query: new URLSearchParams(), headers: { 'x-token': given }, body } as const;
}

describe('the webhook of a sender', () => {
  const text = (eventId: string, body: string) => ({
    type: 'message',
    eventId,
    providerId: eventId,
    sender: '+12025550123',
    recipient: own,
    at: 0,
    parts: [{ kind: 'text', text: body }],
  });
  const post = (sid: string, payload: string | Buffer, given = token, type = 'text/plain') =>
    at.app.inject({
      method: 'POST',
      url: `/v1/x/senders/${sid}/webhook?x=1`,
      headers: { 'x-token': given, 'content-type': type },
      payload,
    });

  it('takes in what the provider reports, needs no credentials, and answers when it is stored', async () => {
    const { sid } = await create();
    const conversation = await at.rig.converse({ address: '+12025550123', proxyAddress: own });
    const answer = await post(sid, JSON.stringify([text('1', 'hello'), text('1', 'hello'), text('2', 'there')]));
    expect([answer.statusCode, answer.body]).toEqual([200, 'taken']);
    expect((await at.rig.messages(conversation)).map(({ body }) => body)).toEqual(['hello', 'there']);
  });

  it.each(['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'a/b; c'])(
    'gets the bytes as they came, of %s too',
    async (type) => {
      const { sid } = await create();
      expect((await post(sid, JSON.stringify([text('1', 'ü')]), token, type)).statusCode).toBe(200);
    },
  );

  it('stores nothing of what is not signed', async () => {
    const { sid } = await create();
    const conversation = await at.rig.converse({ address: '+12025550123', proxyAddress: own });
    expect((await post(sid, JSON.stringify([text('1', 'hello')]), 'wrong')).statusCode).toBe(403);
    expect(await at.rig.messages(conversation)).toEqual([]);
  });

  it.each(['x:99999', '[:::::]', '1.2.3.4.5', 'xn--a', '[::1]:', 'a b'])(
    'is called under the name %s without harm, where no public URL is configured',
    async (host) => {
      await at.close();
      at = await openOperations('off', [carrier.module], null);
      const { sid } = await create();
      const url = `/v1/x/senders/${sid}/webhook?x=%ff`;
      expect((await at.app.inject({ method: 'POST', url, headers: { host }, payload: '[]' })).statusCode).toBe(403);
    },
  );

  it('turns away what is larger than any provider sends, and what is for nobody', async () => {
    const { sid } = await create();
    expect((await post(sid, Buffer.alloc(3 * 1024 * 1024 + 1))).statusCode).toBe(413);
    expect((await post(`XE${'0'.repeat(32)}`, '[]')).statusCode).toBe(404);
  });

  it('turns away what is more at a time than there is room for, and reads nothing of what is for nobody', async () => {
    const { sid } = await create();
    await at.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = at.app.server.address() as AddressInfo;
    const headers = { 'x-token': token, 'content-length': 3 * 1024 * 1024 };
    const begun: ClientRequest[] = [];
    /** Says that there will be as much as there may be, and no more than that. */
    const begin = (path: string) => {
      const asked = request({ host: '127.0.0.1', port, method: 'POST', path, headers }).on('error', () => {});
      asked.flushHeaders();
      begun.push(asked);
      return asked;
    };
    const path = `/v1/x/senders/${sid}/webhook`;
    const statusOf = async (asked: ClientRequest) =>
      ((await once(asked, 'response')) as [IncomingMessage])[0].statusCode;
    // 64 MiB of 3 each; whichever comes last.
    const refused = await Promise.race(Array.from({ length: 22 }, () => statusOf(begin(path))));
    expect(refused).toBe(503);
    expect(await statusOf(begin(path.replace(sid, `XE${'0'.repeat(32)}`)))).toBe(404);
    expect((await post(sid, '[]')).statusCode).toBe(200);
    for (const asked of begun) asked.destroy();
  });
});
