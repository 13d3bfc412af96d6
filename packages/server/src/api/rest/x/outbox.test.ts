import { afterEach, beforeEach, expect, it } from 'vitest';
import { account } from '../../../channels/test-rig.ts';
import { removeMessage } from '../../../core/messages/actions.ts';
import { type Operations, openOperations } from './test-operations.ts';

const phone = '+12025550123';
const proxyAddress = '+12025550100';

let server: Operations;
let conversation: string;
beforeEach(async () => {
  server = await openOperations();
  conversation = await server.rig.converse({ address: phone, proxyAddress });
});
afterEach(() => server.close());

async function fail(text: string) {
  await server.channels.sandbox?.addFault({ phone, kind: 'fail', count: 1, errorCode: 21211 });
  const message = await server.rig.say(conversation, text);
  await server.channels.idle();
  return message;
}
const letters = async (query = '') =>
  (await server.call('GET', `/outbox${query}`)).body as { outbox: { id: string }[]; next: string | null };
const arrived = async () => (await server.channels.sandbox?.messages(phone, 0, 10))?.map((row) => row.body);

it('lists dead letters with what went wrong', async () => {
  const message = await fail('hello');
  expect(await letters('?state=dead')).toEqual({
    outbox: [
      {
        id: expect.stringMatching(/^DY[0-9a-f]{32}$/),
        state: 'dead',
        conversationSid: conversation,
        messageSid: message.sid,
        from: proxyAddress,
        to: phone,
        body: 'hello',
        attempts: 1,
        notBefore: expect.any(String),
        error: { kind: 'permanent', code: '21211', message: expect.any(String) },
        dateCreated: expect.any(String),
        dateUpdated: expect.any(String),
      },
    ],
    next: null,
  });
  expect(await letters('?state=pending')).toEqual({ outbox: [], next: null });
});

it('gives pages', async () => {
  for (const text of ['one', 'two', 'three']) await fail(text);
  const first = await letters('?limit=2');
  expect(first.outbox).toHaveLength(2);
  const second = await letters(`?limit=2&after=${first.next}`);
  expect(second.outbox).toHaveLength(1);
  expect(second.next).toBeNull();
  expect(new Set([...first.outbox, ...second.outbox].map(({ id }) => id)).size).toBe(3);
  const forged = await server.call('GET', '/outbox?after=abc');
  expect([forged.status, forged.body]).toEqual([400, expect.objectContaining({ code: 20422 })]);
});

it('sends a dead letter again', async () => {
  const message = await fail('hello');
  expect(await arrived()).toEqual([]);
  const [letter] = (await letters()).outbox;
  const answer = await server.call('POST', `/outbox/${letter?.id}/retry`);
  expect([answer.status, answer.body]).toEqual([200, { id: `${letter?.id}.2` }]);
  await server.channels.idle();
  expect(await arrived()).toEqual(['hello']);
  expect((await server.rig.receipts(message))[0]).toMatchObject({ status: 'sent', error_code: 0 });
  expect(await letters()).toEqual({ outbox: [], next: null });
  expect((await server.call('POST', `/outbox/${letter?.id}/retry`)).status).toBe(404);
});

it('does not send again what was removed', async () => {
  const message = await fail('hello');
  const { service } = server.rig;
  const actor = { kind: 'account', account } as const;
  await server.rig.core.run(removeMessage, actor, { service, conversation, message: message.sid });
  const [letter] = (await letters()).outbox;
  const answer = await server.call('POST', `/outbox/${letter?.id}/retry`);
  expect([answer.status, answer.body]).toEqual([404, expect.objectContaining({ code: 50500 })]);
});

it('knows no letter of another name', async () => {
  for (const id of ['DY1', 'x%00', '%20']) {
    const answer = await server.call('POST', `/outbox/${id}/retry`);
    expect([answer.status, answer.body]).toEqual([404, expect.objectContaining({ code: 20404 })]);
  }
});

it('lists the messages that found no conversation, newest first', async () => {
  for (const body of ['one', 'two']) {
    await server.call('POST', '/sandbox/phones/%2B447700900123/messages', { to: proxyAddress, body });
    server.rig.clock.advance(1);
  }
  const { body } = await server.call('GET', '/unrouted');
  expect(body).toEqual({
    unrouted: ['two', 'one'].map((text) => ({
      channel: 'sandbox',
      eventId: expect.stringMatching(/^SM/),
      from: '+447700900123',
      to: proxyAddress,
      body: text,
      reason: expect.any(String),
      dateCreated: expect.any(String),
    })),
    next: null,
  });
});

it('is for credentials only, not for the page of the playground', async () => {
  for (const authorization of ['', 'Bearer playground']) {
    for (const path of ['/outbox', '/unrouted']) {
      expect((await server.call('GET', path, undefined, authorization)).status).toBe(401);
    }
    expect((await server.call('POST', '/outbox/DY1/retry', undefined, authorization)).status).toBe(401);
  }
});
