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
const later = '2030-01-01T00:00:05.250Z';

const common = (event: string) => [
  ['AccountSid', testAccount],
  ['EventType', event],
  ['Source', 'SDK'],
  ['ClientIdentity', 'ann'],
  ['ChatServiceSid', at.service],
];
const retryCount = ['RetryCount', '0'];

/** A conversation that ann has made and is in. */
async function converse(): Promise<string> {
  const { conversation } = await ann.call('conversations.create', { friendlyName: 'Tea', attributes: '{"a":1}' });
  await ann.call('conversations.join', { conversation: conversation.sid });
  return conversation.sid;
}

async function parametersOf(event: string, nth = 0) {
  const { method, headers, parameters } = await at.told(event, nth);
  expect(method).toBe('POST');
  expect(headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
  expect(headers['user-agent']).toBe('TwilioProxy/1.1');
  return parameters;
}

describe('Conversations', () => {
  it('tells of a new one', async () => {
    const { conversation } = await ann.call('conversations.create', { friendlyName: 'Tea', attributes: '{"a":1}' });
    expect(await parametersOf('onConversationAdded')).toEqual([
      ...common('onConversationAdded'),
      ['ConversationSid', conversation.sid],
      ['DateCreated', start],
      ['DateUpdated', start],
      ['FriendlyName', 'Tea'],
      ['Attributes', '{"a":1}'],
      ['MessagingServiceSid', messagingService],
      ['State', 'active'],
      retryCount,
    ]);
  });

  it('tells of one without a name and of its unique name', async () => {
    const { conversation } = await ann.call('conversations.create', { uniqueName: 'tea & biscuits' });
    expect(await parametersOf('onConversationAdded')).toEqual([
      ...common('onConversationAdded'),
      ['ConversationSid', conversation.sid],
      ['DateCreated', start],
      ['DateUpdated', start],
      ['UniqueName', 'tea & biscuits'],
      ['Attributes', '{}'],
      ['MessagingServiceSid', messagingService],
      ['State', 'active'],
      retryCount,
    ]);
  });

  it('tells of an update and of the removal', async () => {
    const conversation = await converse();
    at.clock.advance(5250);
    await ann.call('conversations.update', { conversation, friendlyName: 'Coffee' });
    const described = [
      ['ConversationSid', conversation],
      ['DateCreated', start],
      ['DateUpdated', later],
      ['FriendlyName', 'Coffee'],
      ['UniqueName', ''],
      ['Attributes', '{"a":1}'],
      ['MessagingServiceSid', messagingService],
      ['State', 'active'],
    ];
    expect(await parametersOf('onConversationUpdated')).toEqual([
      ...common('onConversationUpdated'),
      ...described,
      retryCount,
    ]);
    await ann.call('conversations.delete', { conversation });
    expect(await parametersOf('onConversationRemoved')).toEqual([
      ...common('onConversationRemoved'),
      ...described,
      ['DateRemoved', later],
      retryCount,
    ]);
  });

  it('tells that a message woke one', async () => {
    const conversation = await converse();
    await at.post(`/v1/Conversations/${conversation}`, { State: 'inactive' });
    at.clock.advance(5250);
    await ann.call('messages.send', { conversation, body: 'hello' });
    expect(await parametersOf('onConversationStateUpdated')).toEqual([
      ...common('onConversationStateUpdated'),
      ['StateUpdated', later],
      ['StateFrom', 'inactive'],
      ['StateTo', 'active'],
      ['ConversationSid', conversation],
      ['Reason', 'EVENT'],
      ['MessagingServiceSid', messagingService],
      retryCount,
    ]);
    await at.told('onMessageAdded');
    const events = at.receiver.received.map(({ values }) => values['EventType']);
    expect(events.slice(-2)).toEqual(['onConversationStateUpdated', 'onMessageAdded']);
    expect(events).not.toContain('onConversationUpdated');
  });
});

describe('Messages', () => {
  it('tells of a new one, its update and its removal', async () => {
    const conversation = await converse();
    const { items } = await ann.call('participants.list', { conversation });
    const sent = await ann.call('messages.send', { conversation, body: 'hello & bye', attributes: '{"b": 2}' });
    const content = (body: string) => [
      ['Body', body],
      ['Author', 'ann'],
      ['ParticipantSid', items[0]?.sid],
      ['Attributes', '{"b": 2}'],
    ];
    expect(await parametersOf('onMessageAdded')).toEqual([
      ...common('onMessageAdded'),
      ['ConversationSid', conversation],
      ['MessageSid', sent.sid],
      ['MessagingServiceSid', messagingService],
      ['Index', '0'],
      ['DateCreated', start],
      ...content('hello & bye'),
      retryCount,
    ]);
    at.clock.advance(5250);
    await ann.call('messages.update', { conversation, index: 0, body: 'grüße' });
    const stored = [
      ['ConversationSid', conversation],
      ['MessageSid', sent.sid],
      ['Index', '0'],
      ['DateCreated', start],
      ['DateUpdated', later],
      ...content('grüße'),
    ];
    expect(await parametersOf('onMessageUpdated')).toEqual([...common('onMessageUpdated'), ...stored, retryCount]);
    await ann.call('messages.remove', { conversation, index: 0 });
    expect(await parametersOf('onMessageRemoved')).toEqual([
      ...common('onMessageRemoved'),
      ...stored,
      ['DateRemoved', later],
      retryCount,
    ]);
  });

  it('tells of the files of one', async () => {
    const conversation = await converse();
    const uploaded = await fetch(`${at.url}/v1/Services/${at.service}/Media?Filename=a%20note.txt`, {
      method: 'POST',
      body: 'some text',
      headers: { authorization: authorization.byAccount, 'content-type': 'text/plain' },
    });
    const { sid } = (await uploaded.json()) as { sid: string };
    const headers = { 'x-twilio-webhook-enabled': 'true' };
    await at.ask('POST', `/v1/Conversations/${conversation}/Messages`, { form: { MediaSid: sid }, headers });
    const { values } = await at.told('onMessageAdded');
    expect(values).toMatchObject({ Body: '', Source: 'API' });
    const media = [{ Sid: sid, Filename: 'a note.txt', ContentType: 'text/plain', Size: 9 }];
    expect(values['Media']).toBe(JSON.stringify(media));
  });

  it('tells of removing the last one only that, not that the conversation has another last one', async () => {
    const conversation = await converse();
    await ann.call('messages.send', { conversation, body: 'one' });
    await ann.call('messages.send', { conversation, body: 'two' });
    await ann.call('messages.remove', { conversation, index: 1 });
    await ann.call('messages.send', { conversation, body: 'three' });
    await at.told('onMessageAdded', 2);
    const events = at.receiver.received
      .map(({ values }) => values['EventType'])
      .filter((name) => /Mess|Upd/.test(name ?? ''));
    expect(events).toEqual(['onMessageAdded', 'onMessageAdded', 'onMessageRemoved', 'onMessageAdded']);
  });
});

describe('Participants', () => {
  it('tells of a user who is added, updated and removed', async () => {
    const conversation = await converse();
    const added = await ann.call('participants.add', { conversation, identity: 'bob', attributes: '{"c":3}' });
    const shape = (attributes: string) => [
      ['ConversationSid', conversation],
      ['Identity', 'bob'],
      ['RoleSid', added.roleSid],
      ['Attributes', attributes],
      ['MessagingBinding.Type', 'CHAT'],
      ['ParticipantSid', added.sid],
      ['DateCreated', start],
    ];
    expect(await parametersOf('onParticipantAdded', 1)).toEqual([
      ...common('onParticipantAdded'),
      ...shape('{"c":3}'),
      retryCount,
    ]);
    at.clock.advance(5250);
    await ann.call('participants.update', { conversation, participant: added.sid, attributes: '{}' });
    expect(await parametersOf('onParticipantUpdated')).toEqual([
      ...common('onParticipantUpdated'),
      ...shape('{}'),
      ['DateUpdated', later],
      ['LastReadMessageIndex', ''],
      retryCount,
    ]);
    await ann.call('participants.remove', { conversation, participant: added.sid });
    expect(await parametersOf('onParticipantRemoved')).toEqual([
      ...common('onParticipantRemoved'),
      ...shape('{}'),
      ['DateUpdated', later],
      ['DateRemoved', later],
      retryCount,
    ]);
  });

  it('tells of one on e-mail by the address as people write it', async () => {
    const conversation = await converse();
    const headers = { 'x-twilio-webhook-enabled': 'true' };
    const form = { 'MessagingBinding.Address': 'bob@example.com' };
    await at.ask('POST', `/v1/Conversations/${conversation}/Participants`, { form, headers });
    const parameters = await parametersOf('onParticipantAdded', 1);
    expect(parameters).toContainEqual(['MessagingBinding.Address', 'bob@example.com']);
    expect(parameters).toContainEqual(['MessagingBinding.Type', 'EMAIL']);
  });

  it('tells of a phone', async () => {
    const conversation = await converse();
    const binding = { address: '+12025550199', proxyAddress: '+12025550100' };
    const added = await ann.call('participants.addNonChat', { conversation, ...binding });
    expect(await parametersOf('onParticipantAdded', 1)).toEqual([
      ...common('onParticipantAdded'),
      ['ConversationSid', conversation],
      ['RoleSid', ''],
      ['Attributes', '{}'],
      ['MessagingBinding.ProxyAddress', '+12025550100'],
      ['MessagingBinding.Address', '+12025550199'],
      ['MessagingBinding.Type', 'SMS'],
      ['ParticipantSid', added.sid],
      ['DateCreated', start],
      retryCount,
    ]);
  });

  it('tells how far one has read', async () => {
    const conversation = await converse();
    await ann.call('messages.send', { conversation, body: 'hello' });
    await ann.call('membership.update', { conversation, read: { mode: 'all' } });
    const { values } = await at.told('onParticipantUpdated');
    expect(values).toMatchObject({ Identity: 'ann', LastReadMessageIndex: '0', ClientIdentity: 'ann' });
  });
});

describe('Users', () => {
  const described = (user: { sid: string; roleSid: string }, friendlyName: string) => [
    ['Identity', 'ann'],
    ['RoleSid', user.roleSid],
    ['Attributes', '{}'],
    ['FriendlyName', friendlyName],
  ];

  it('tells of one who connects for the first time', async () => {
    const user = ann.connected?.user;
    if (!user) throw new Error('Not connected.');
    expect(await parametersOf('onUserAdded')).toEqual([
      ...common('onUserAdded'),
      ['UserSid', user.sid],
      ['DateCreated', start],
      ...described(user, 'ann'),
      retryCount,
    ]);
  });

  it('tells of one who is made because he is added to a conversation', async () => {
    const conversation = await converse();
    await ann.call('participants.add', { conversation, identity: 'bob' });
    const { values } = await at.told('onUserAdded', 1);
    expect(values).toMatchObject({ Identity: 'bob', Source: 'SDK', ClientIdentity: 'ann', FriendlyName: '' });
  });

  it('tells of an update', async () => {
    at.clock.advance(5250);
    const user = await ann.call('users.update', { user: 'ann', friendlyName: 'Ann A.' });
    expect(await parametersOf('onUserUpdated')).toEqual([
      ...common('onUserUpdated'),
      ['UserSid', user.sid],
      ['DateUpdated', later],
      ...described(user, 'Ann A.'),
      ['DateCreated', start],
      ['isOnline', ''],
      ['isNotifiable', ''],
      retryCount,
    ]);
  });
});
