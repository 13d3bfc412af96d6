import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testAccount } from '../../testing/open-core.ts';
import { authorization } from '../../testing/open-rest.ts';
import { type OpenWebhooks, openWebhooks } from '../../testing/open-webhooks.ts';
import type { RawClient } from '../../testing/raw-client.ts';

let at: OpenWebhooks;
let ann: RawClient;
let messagingService: string;

beforeEach(async () => {
  at = await openWebhooks();
  ann = await at.connect('ann');
  messagingService = (await at.get('/v1/Configuration')).default_messaging_service_sid;
});
afterEach(() => at.discard());

const start = '2030-01-01T00:00:00.000Z';

const common = (event: string, source = 'SDK') => [
  ['AccountSid', testAccount],
  ['EventType', event],
  ['Source', source],
  ...(source === 'SDK' ? [['ClientIdentity', 'ann']] : []),
  ['ChatServiceSid', at.service],
];
const retryCount = ['RetryCount', '0'];

/** A conversation that ann has made and is in. */
async function converse(): Promise<string> {
  const { conversation } = await ann.call('conversations.create', { friendlyName: 'Tea', attributes: '{"a":1}' });
  await ann.call('conversations.join', { conversation: conversation.sid });
  return conversation.sid;
}

/** What the person with that phone writes to the account's number. */
async function write(body: string): Promise<void> {
  const { statusCode } = await at.server.inject({
    method: 'POST',
    url: '/v1/x/sandbox/phones/+12025550199/messages',
    headers: { authorization: authorization.byAccount },
    payload: { to: '+12025550100', body },
  });
  expect(statusCode).toBe(201);
}

describe('Channels', () => {
  it('tells of what a phone writes, and of each step of what is sent to it', async () => {
    const conversation = await converse();
    const phone = await ann.call('participants.addNonChat', {
      conversation,
      address: '+12025550199',
      proxyAddress: '+12025550100',
    });
    const sent = await ann.call('messages.send', { conversation, body: 'hello' });
    const { values } = await at.told('onDeliveryUpdated');
    const { delivery_receipts: receipts } = await at.get(
      `/v1/Conversations/${conversation}/Messages/${sent.sid}/Receipts`,
    );
    expect(Object.entries(values)).toEqual([
      ...common('onDeliveryUpdated', 'API'),
      ['ConversationSid', conversation],
      ['MessageSid', sent.sid],
      ['DeliveryReceiptSid', receipts[0].sid],
      ['ChannelMessageSid', receipts[0].channel_message_sid],
      ['ParticipantSid', phone.sid],
      ['Status', 'sent'],
      ['ErrorCode', '0'],
      ['DateCreated', start],
      ['DateUpdated', start],
      retryCount,
    ]);
    at.clock.advance(1000);
    expect((await at.told('onDeliveryUpdated', 1)).values).toMatchObject({ Status: 'delivered' });
    const events = at.receiver.received.map((one) => one.values['EventType']);
    expect(events).not.toContain('onMessageUpdated');

    await write('hi there');
    const incoming = await at.told('onMessageAdded', 1);
    expect(incoming.values).toMatchObject({
      Source: 'SMS',
      Body: 'hi there',
      Author: '+12025550199',
      ParticipantSid: phone.sid,
    });
    expect(incoming.values).not.toHaveProperty('ClientIdentity');
  });
});

describe('The server itself', () => {
  it('tells of a conversation that it makes for a first message, and the webhook that it attaches hears the rest', async () => {
    await at.post('/v1/Configuration/Addresses', {
      Type: 'sms',
      Address: '+12025550100',
      'AutoCreation.Enabled': 'true',
      'AutoCreation.Type': 'webhook',
      'AutoCreation.WebhookUrl': at.receiver.url('/attached'),
      'AutoCreation.WebhookFilters': ['onParticipantAdded', 'onMessageAdded'],
    });
    await write('anybody there?');
    const added = await at.told('onConversationAdded');
    expect(added.parameters).toEqual([
      ...common('onConversationAdded', 'SMS'),
      ['ConversationSid', added.values['ConversationSid']],
      ['DateCreated', start],
      ['DateUpdated', start],
      ['Attributes', '{}'],
      ['MessagingServiceSid', messagingService],
      ['MessagingBinding.ProxyAddress', '+12025550100'],
      ['MessagingBinding.Address', '+12025550199'],
      ['State', 'active'],
      retryCount,
    ]);
    await at.told('onMessageAdded');
    const events = at.receiver.received
      .filter(({ path }) => path === '/account')
      .map(({ values }) => values['EventType']);
    expect(events.slice(-3)).toEqual(['onConversationAdded', 'onParticipantAdded', 'onMessageAdded']);
    const [participant, message] = await at.receiver.first(2, '/attached');
    expect(participant?.values).toMatchObject({ EventType: 'onParticipantAdded', Source: 'SMS' });
    expect(message?.values).toMatchObject({ EventType: 'onMessageAdded', Source: 'SMS', Body: 'anybody there?' });
  });

  it('tells of a state that a timer moved', async () => {
    const { sid } = await at.post('/v1/Conversations', { 'Timers.Inactive': 'PT1M' });
    at.clock.advance(60_000);
    const { values } = await at.told('onConversationStateUpdated');
    expect(values).toMatchObject({
      ConversationSid: sid,
      StateFrom: 'active',
      StateTo: 'inactive',
      StateUpdated: '2030-01-01T00:01:00.000Z',
      Reason: 'TIMER',
      Source: 'API',
    });
    const updated = await at.told('onConversationUpdated');
    expect(updated.values).toMatchObject({ ConversationSid: sid, State: 'inactive', Source: 'API' });
  });
});

describe('Back ends', () => {
  it('fire nothing', async () => {
    const conversation = await converse();
    await at.post(`/v1/Conversations/${conversation}`, { FriendlyName: 'Coffee', State: 'inactive' });
    await at.post(`/v1/Conversations/${conversation}/Messages`, { Body: 'quiet' });
    await at.post('/v1/Users', { Identity: 'bob' });
    await ann.call('messages.send', { conversation, body: 'loud' });
    const { values } = await at.told('onMessageAdded');
    expect(values['Body']).toBe('loud');
    expect(new Set(at.receiver.received.map((one) => one.values['EventType']))).toEqual(
      new Set(['onUserAdded', 'onConversationAdded', 'onParticipantAdded', 'onMessageAdded']),
    );
  });
});
