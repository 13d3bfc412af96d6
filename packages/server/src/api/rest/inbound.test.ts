/** What comes in from outside, through the front door: virtual phones write, and conversations appear. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { authorization, type OpenRest, openRest } from '../../testing/open-rest.ts';

const own = '+12025550100';
const second = '+12025550101';
const ann = '+12025550150';
const bob = '+12025550151';

let at: OpenRest;
beforeEach(async () => {
  at = await openRest();
});
afterEach(() => at.discard());

interface Shown {
  id: number;
  direction: string;
  from: string;
  body: string;
}

async function asPhone(phone: string, method: 'GET' | 'POST', rest: string, payload?: object) {
  const answer = await at.server.inject({
    method,
    url: `/v1/x/sandbox/phones/${phone}/messages${rest}`,
    headers: { authorization: authorization.byAccount },
    ...(payload && { payload }),
  });
  return { status: answer.statusCode, body: answer.json() };
}
const write = async (phone: string, body: string, more: object = {}) =>
  (await asPhone(phone, 'POST', '', { to: own, body, ...more })).body;
/** Waits until something came in after a message; what was written there counts as well. */
const next = async (phone: string, after = 0): Promise<Shown[]> =>
  (await asPhone(phone, 'GET', `?after=${after}&wait=25`)).body.messages;

const configure = (form: Record<string, string | string[]> = {}) =>
  at.post('/v1/Configuration/Addresses', { Type: 'sms', Address: own, 'AutoCreation.Enabled': 'true', ...form });
const messagesOf = async (conversation: string) =>
  (await at.get(`/v1/Conversations/${conversation}/Messages`)).messages;

describe('A phone that writes to a configured number', () => {
  test('makes a conversation, in which it is answered.', async () => {
    await configure();
    const written = await write(ann, 'Is this the shop?');
    expect(written).toMatchObject({ status: 'routed', reason: null });
    const { conversationSid: sid } = written;
    expect(await at.get(`/v1/Conversations/${sid}`)).toMatchObject({ state: 'active', friendly_name: null });
    expect((await at.get(`/v1/Conversations/${sid}/Participants`)).participants).toMatchObject([
      { identity: null, messaging_binding: { type: 'sms', address: ann, proxy_address: own } },
    ]);
    expect(await messagesOf(sid)).toMatchObject([{ index: 0, author: ann, body: 'Is this the shop?', delivery: null }]);
    await at.post(`/v1/Conversations/${sid}/Messages`, { Author: 'shop', Body: 'It is.' });
    expect(await next(ann, written.id)).toMatchObject([{ direction: 'in', from: own, body: 'It is.' }]);
    expect((await write(ann, 'Good.')).conversationSid).toBe(sid);
    expect((await at.get('/v1/x/unrouted')).unrouted).toEqual([]);
  });

  test('gets what the configuration attaches, in the service that it names.', async () => {
    const { sid: service } = await at.post('/v1/Services', { FriendlyName: 'Leads' });
    await configure({
      'AutoCreation.ConversationServiceSid': service,
      'AutoCreation.Type': 'webhook',
      'AutoCreation.WebhookUrl': 'https://hooks.example.com/lead',
      'AutoCreation.WebhookFilters': ['onMessageAdded', 'onParticipantAdded'],
    });
    const { conversationSid: sid } = await write(ann, 'hello');
    expect((await at.get(`/v1/Services/${service}/Conversations/${sid}/Webhooks`)).webhooks).toMatchObject([
      {
        target: 'webhook',
        configuration: {
          url: 'https://hooks.example.com/lead',
          method: 'post',
          filters: ['onMessageAdded', 'onParticipantAdded'],
        },
      },
    ]);
    expect((await at.ask('GET', `/v1/Conversations/${sid}`)).status).toBe(404);
  });

  test('is kept as unrouted while autocreation is off.', async () => {
    await configure({ 'AutoCreation.Enabled': 'false' });
    const { status, conversationSid, reason } = await write(ann, 'hello');
    expect([status, conversationSid]).toEqual(['unrouted', null]);
    expect((await at.get('/v1/x/unrouted')).unrouted).toMatchObject([{ from: ann, to: own, body: 'hello', reason }]);
  });
});

describe('A group text', () => {
  test('brings what a chat user says to each phone, from his number, and what a phone says to all.', async () => {
    await at.post('/v1/Conversations', { UniqueName: 'trip' });
    const path = '/v1/Conversations/trip/Participants';
    for (const phone of [ann, bob]) await at.post(path, { 'MessagingBinding.Address': phone });
    await at.post(path, { 'MessagingBinding.ProjectedAddress': own });
    await at.post(path, { Identity: 'cat', 'MessagingBinding.ProjectedAddress': second });

    const said = await at.post('/v1/Conversations/trip/Messages', { Author: 'cat', Body: 'When do we leave?' });
    expect(said.delivery).toMatchObject({ total: 2 });
    for (const phone of [ann, bob]) {
      expect(await next(phone)).toMatchObject([{ direction: 'in', from: second, body: 'When do we leave?' }]);
    }
    const [heard] = await next(bob);
    // Whoever stands behind no number of his own speaks from the first.
    const [seen] = await next(ann);
    await at.post('/v1/Conversations/trip/Messages', { Author: own, Body: 'At nine.' });
    expect(await next(ann, seen?.id)).toMatchObject([{ from: own, body: 'At nine.' }]);

    // To him it goes by itself, and may come later.
    const [before] = await next(bob, heard?.id);
    expect(before).toMatchObject({ body: 'At nine.' });
    const written = await write(ann, 'Too early!', { others: [second, bob] });
    expect(written).toMatchObject({ status: 'routed', reason: null });
    expect(written.conversationSid).toBe((await at.get('/v1/Conversations/trip')).sid);
    const { messages } = await at.get('/v1/Conversations/trip/Messages?Order=desc&PageSize=1');
    expect(messages).toMatchObject([{ author: ann, body: 'Too early!', delivery: null }]);
    // From her, and once: the network has brought it.
    expect(await next(bob, before?.id)).toMatchObject([{ direction: 'in', from: ann, body: 'Too early!' }]);
  });

  test('by a phone to a configured number makes a group, once for all of its phones.', async () => {
    await configure();
    const written = await write(ann, 'hello all', { others: [bob] });
    const { conversationSid: sid } = written;
    expect((await at.get(`/v1/Conversations/${sid}/Participants`)).participants).toMatchObject([
      { messaging_binding: { type: 'sms', address: ann } },
      { messaging_binding: { type: 'sms', projected_address: own } },
      { messaging_binding: { type: 'sms', address: bob } },
    ]);
    expect((await write(bob, 'hi', { others: [ann] })).conversationSid).toBe(sid);
    expect((await write(bob, 'only you')).conversationSid).not.toBe(sid);
  });

  test.each([
    [{ others: [ann] }, 20422],
    [{ others: [own] }, 20422],
    [{ others: [bob, bob] }, 20422],
    [{ others: ['nonsense'] }, 20422],
    [{ others: ['whatsapp:+12025550151'] }, 20422],
    [{ others: bob }, 20422],
  ])('is refused with %j', async (more, code) => {
    const { status, body } = await asPhone(ann, 'POST', '', { to: own, body: 'x', ...more });
    expect([status, body.code]).toEqual([400, code]);
    expect((await asPhone(ann, 'GET', '')).body.messages).toEqual([]);
  });
});
