import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { receiveInbound } from '../../core/inbound/actions.ts';
import { testAccount } from '../../testing/open-core.ts';
import { json, type OpenPreAction, openPreAction } from '../../testing/open-pre-action.ts';

const own = '+12025550100';
const phone = '+12025550142';

let at: OpenPreAction;
let conversation: string;
/** SID of the phone's participant. */
let participant: string;
/** Unrouted texts of earlier tests. */
let known: number;
beforeAll(async () => {
  at = await openPreAction();
});
afterAll(() => at.discard());

beforeEach(async () => {
  known = (await at.get('/v1/x/unrouted')).unrouted.length;
  await begin();
});
afterEach(async () => {
  at.forget();
  for (const { sid } of await conversations()) await at.remove(`/v1/Conversations/${sid}`);
});

/** Makes the conversation that the phone is in. */
async function begin() {
  conversation = await at.converse();
  const path = `/v1/Conversations/${conversation}/Participants`;
  const added = await at.post(path, { 'MessagingBinding.Address': phone, 'MessagingBinding.ProxyAddress': own });
  participant = added.sid;
}

const conversations = async () => (await at.get('/v1/Conversations')).conversations;
const messages = async () => (await at.get(`/v1/Conversations/${conversation}/Messages`)).messages;
const unrouted = async () => {
  const { unrouted } = await at.get('/v1/x/unrouted');
  return unrouted.slice(0, unrouted.length - known);
};

/** What the text of a phone became: where it went, or why nowhere. */
async function write(body: string, { from = phone } = {}) {
  const form = JSON.stringify({ to: own, body });
  const headers = { 'content-type': 'application/json' };
  const answer = await at.ask('POST', `/v1/x/sandbox/phones/${from}/messages`, { form, headers });
  expect(answer.status).toBe(201);
  const { conversationSid, reason } = answer.body;
  return { conversation: conversationSid, reason };
}

/** A text about which the webhook does not answer until its time is over. */
async function writeUnanswered() {
  at.answerTo('onMessageAdd', { status: 200, after: new Promise(() => {}) });
  const writing = write('Hello?');
  await at.receiver.first(1, '/before');
  at.clock.advance(5000);
  return writing;
}

const common = (event: string) => [
  ['AccountSid', testAccount],
  ['EventType', event],
  ['Source', 'SMS'],
  ['ChatServiceSid', at.service],
];

describe('A text into a conversation', () => {
  it('is asked about with all that it would be', async () => {
    await write('Hello?');
    expect(at.asked()).toHaveLength(1);
    expect(at.asked()[0]?.parameters).toEqual([
      ...common('onMessageAdd'),
      ['ConversationSid', conversation],
      ['Body', 'Hello?'],
      ['Author', phone],
      ['ParticipantSid', participant],
      ['Attributes', '{}'],
      ['RetryCount', '0'],
    ]);
    expect(await messages()).toMatchObject([{ body: 'Hello?', author: phone, participant_sid: participant }]);
  });

  it('takes body, author and attributes of the answer', async () => {
    at.answerTo('onMessageAdd', json({ body: 'Hello.', author: 'ann', attributes: '{"a":1}' }));
    await write('Hello?');
    const { sid } = await at.get(`/v1/Conversations/${conversation}/Participants/ann`);
    expect(await messages()).toMatchObject([
      { body: 'Hello.', author: 'ann', attributes: '{"a":1}', participant_sid: sid },
    ]);
  });

  it('is dropped when the webhook refuses it: on record, and not asked about again', async () => {
    at.answerTo('onMessageAdd', { status: 403 });
    const refused = { outcome: 'unrouted', reason: expect.stringContaining('A webhook refused the action') };
    const actor = { kind: 'system', account: testAccount, channel: 'sms' } as const;
    const parties = { sender: phone, recipient: own, others: [] };
    const input = {
      channel: 'test',
      eventId: 'one',
      providerId: 'one',
      ...parties,
      body: 'Hello?',
      payload: JSON.stringify({ ...parties, parts: [] }),
      expected: conversation,
    };
    expect(await at.server.core.run(receiveInbound, actor, input)).toMatchObject(refused);
    expect(await messages()).toEqual([]);
    expect(await unrouted()).toMatchObject([{ reason: refused.reason }]);

    at.answerTo('onMessageAdd', { status: 200 });
    expect(await at.server.core.run(receiveInbound, actor, input)).toMatchObject(refused);
    expect(await messages()).toEqual([]);
    expect(at.asked()).toHaveLength(1);
  });

  it.each([
    ['a body that is too long', { body: 'x'.repeat(40_000) }],
    ['attributes that are no JSON', { attributes: '{' }],
    ['an author that is no text', { author: 7 }],
  ])('is dropped, on record, when it would get %s', async (_what, answer) => {
    at.answerTo('onMessageAdd', json(answer));
    expect(await write('Hello?')).toEqual({ conversation: null, reason: expect.any(String) });
    expect(await messages()).toEqual([]);
    expect(await unrouted()).toHaveLength(1);
  });

  it('goes on when nobody answers', async () => {
    expect(await writeUnanswered()).toEqual({ conversation, reason: null });
    expect(await messages()).toHaveLength(1);
  });

  it('keeps its place among those of the same phone while the webhook is slow', async () => {
    const slow = Promise.withResolvers<void>();
    at.answerTo('onMessageAdd', ({ values }) => ({
      status: 200,
      ...(values['Body'] === 'one' && { after: slow.promise }),
    }));
    const first = write('one');
    await at.receiver.first(1, '/before');
    const second = write('two');
    await at.receiver.first(2, '/before');
    slow.resolve();
    await Promise.all([first, second]);
    expect((await messages()).map(({ body }: { body: string }) => body)).toEqual(['one', 'two']);
  });
});

describe('A text that makes a conversation', () => {
  const stranger = '+12025550177';
  let configuration: string;
  beforeEach(async () => {
    const form = { Type: 'sms', Address: own, 'AutoCreation.Enabled': 'true' };
    configuration = (await at.post('/v1/Configuration/Addresses', form)).sid;
  });
  afterEach(() => at.remove(`/v1/Configuration/Addresses/${configuration}`));

  it('is asked about as the new conversation, with its addresses and the text, and as nothing else', async () => {
    at.answerTo('onConversationAdd', json({ friendly_name: 'A stranger', body: 'no' }));
    const { conversation: made } = await write('Anybody there?', { from: stranger });
    const { default_messaging_service_sid } = await at.get('/v1/Configuration');
    expect(at.asked()).toHaveLength(1);
    expect(at.asked()[0]?.parameters).toEqual([
      ...common('onConversationAdd'),
      ['UniqueName', ''],
      ['Attributes', '{}'],
      ['MessagingServiceSid', default_messaging_service_sid],
      ['MessagingBinding.ProxyAddress', own],
      ['MessagingBinding.Address', stranger],
      ['MessageBody', 'Anybody there?'],
      ['State', 'active'],
      ['RetryCount', '0'],
    ]);
    expect(await at.get(`/v1/Conversations/${made}`)).toMatchObject({ friendly_name: 'A stranger' });
    const { messages: first } = await at.get(`/v1/Conversations/${made}/Messages`);
    expect(first).toMatchObject([{ body: 'Anybody there?', author: stranger }]);
  });

  it('makes nothing when the webhook refuses it', async () => {
    at.answerTo('onConversationAdd', { status: 500 });
    expect(await write('Anybody there?', { from: stranger })).toMatchObject({ conversation: null });
    expect(await conversations()).toHaveLength(1);
    expect(await unrouted()).toHaveLength(1);
  });
});

it('A text that nobody answers about is dropped, on record, when the operator wants that.', async () => {
  const shared = at;
  at = await openPreAction({ preWebhook: { timeoutMs: 5000, onFailure: 'refuse' } });
  try {
    known = 0;
    await begin();
    const reason = expect.stringContaining('Webhook did not answer in time');
    expect(await writeUnanswered()).toEqual({ conversation: null, reason });
    expect(await messages()).toEqual([]);
    expect(await unrouted()).toMatchObject([{ reason }]);
  } finally {
    await at.discard();
    at = shared;
  }
});

it('Nobody is asked about a text that goes nowhere.', async () => {
  expect(await write('Anybody there?', { from: '+12025550177' })).toMatchObject({ conversation: null });
  expect(at.asked()).toEqual([]);
});
