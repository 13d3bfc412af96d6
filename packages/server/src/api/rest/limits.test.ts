import { generateKeyPairSync } from 'node:crypto';
import { type Limits, limits } from '@colloquy/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authorization, type Form, type OpenRest, openRest } from '../../testing/open-rest.ts';

interface Edge {
  limit: keyof Limits;
  /** What is just within a limit of `size`, and just beyond. */
  path: string;
  form: (size: number) => Record<string, string>;
  code: number;
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
const fcmSecret = JSON.stringify({ project_id: 'p', client_email: 'a@example.com', private_key: pem });

const text = (size: number) => 'x'.repeat(size);
/** JSON text of so many bytes, of which two characters have two bytes each. */
const attributes = (size: number) => `"éé${text(size - 6)}"`;

const edges: Edge[] = [
  { limit: 'friendlyName', path: '/Services', form: (size) => ({ FriendlyName: text(size) }), code: 50003 },
  { limit: 'friendlyName', path: '/Conversations', form: (size) => ({ FriendlyName: text(size) }), code: 50003 },
  { limit: 'friendlyName', path: '/Users/ann', form: (size) => ({ FriendlyName: text(size) }), code: 50003 },
  {
    limit: 'roleFriendlyName',
    path: '/Roles',
    form: (size) => ({ FriendlyName: text(size), Type: 'conversation', Permission: 'sendMessage' }),
    code: 50003,
  },
  { limit: 'uniqueName', path: '/Conversations', form: (size) => ({ UniqueName: text(size) }), code: 50004 },
  { limit: 'identity', path: '/Users', form: (size) => ({ Identity: text(size) }), code: 50207 },
  { limit: 'identity', path: '/Conversations/room/Participants', form: (n) => ({ Identity: text(n) }), code: 50207 },
  {
    limit: 'address',
    path: '/Conversations/hall/Participants',
    form: (n) => ({
      'MessagingBinding.Address': `whatsapp:US.${text(n - 12)}`,
      'MessagingBinding.ProxyAddress': 'whatsapp:+12025550100',
    }),
    code: 50407,
  },
  { limit: 'author', path: '/Conversations/room/Messages', form: (n) => ({ Body: 'x', Author: text(n) }), code: 50310 },
  {
    limit: 'subject',
    path: '/Conversations/room/Messages',
    form: (n) => ({ Body: 'x', Subject: text(n) }),
    code: 20422,
  },
  {
    limit: 'messageBodyBytes',
    path: '/Conversations/room/Messages',
    form: (size) => ({ Body: `é${text(size - 2)}` }),
    code: 50504,
  },
  {
    limit: 'phoneMessageBody',
    path: '/Conversations/phones/Messages',
    form: (size) => ({ Body: text(size) }),
    code: 50504,
  },
  {
    limit: 'messageAttributesBytes',
    path: '/Conversations/room/Messages',
    form: (size) => ({ Body: 'x', Attributes: attributes(size) }),
    code: 50303,
  },
  {
    limit: 'conversationAttributesBytes',
    path: '/Conversations',
    form: (size) => ({ Attributes: attributes(size) }),
    code: 50303,
  },
  {
    limit: 'participantAttributesBytes',
    path: '/Conversations/room/Participants/ann',
    form: (size) => ({ Attributes: attributes(size) }),
    code: 50303,
  },
  {
    limit: 'credentialFriendlyName',
    path: '/Credentials',
    form: (size) => ({ Type: 'fcm', Secret: fcmSecret, FriendlyName: text(size) }),
    code: 50003,
  },
  { limit: 'userAttributesBytes', path: '/Users/ann', form: (n) => ({ Attributes: attributes(n) }), code: 50303 },
];

const lowered: Limits = {
  ...limits,
  friendlyName: 20,
  roleFriendlyName: 21,
  credentialFriendlyName: 19,
  uniqueName: 22,
  identity: 23,
  address: 24,
  author: 25,
  subject: 26,
  messageBodyBytes: 27,
  phoneMessageBody: 18,
  messageAttributesBytes: 28,
  conversationAttributesBytes: 29,
  participantAttributesBytes: 30,
  userAttributesBytes: 31,
};

describe.each([
  ['By default', limits],
  ['Where an operator set them', lowered],
])('%s', (_, own) => {
  let at: OpenRest;
  beforeAll(async () => {
    at = await openRest({ limits: own, sandbox: 'any' });
    await at.post('/v1/Conversations', { UniqueName: 'room' });
    await at.post('/v1/Conversations/room/Participants', { Identity: 'ann' });
    await at.post('/v1/Conversations', { UniqueName: 'hall' });
    await at.post('/v1/Conversations', { UniqueName: 'phones' });
    await at.post('/v1/Conversations/phones/Participants', {
      'MessagingBinding.Address': '+12025550177',
      'MessagingBinding.ProxyAddress': '+12025550100',
    });
  });
  afterAll(() => at.discard());

  test.each(edges)('$limit holds at $path: $code beyond it', async ({ limit, path, form, code }) => {
    const size = own[limit];
    const within = await at.ask('POST', `/v1${path}`, { form: form(size) });
    expect([within.status, within.body.code]).toEqual([expect.any(Number), undefined]);
    const beyond = await at.ask('POST', `/v1${path}`, { form: form(size + 1) });
    expect([beyond.status, beyond.body.code]).toEqual([400, code]);
    // The contract fixes the words of the refusal of an address.
    if (limit !== 'address') expect(beyond.body.message).toMatch(new RegExp(`\\b${size}\\b`));
  });
});

describe('How many there may be', () => {
  const open = (own: Partial<Limits>) => openRest({ limits: { ...limits, ...own }, sandbox: 'any' });
  const phone = (number: number) => ({
    'MessagingBinding.Address': `+1202555${String(1000 + number)}`,
    'MessagingBinding.ProxyAddress': '+12025550100',
  });

  async function lastIsRefused(at: OpenRest, forms: [path: string, form: Form][], code: number, limit: number) {
    for (const [path, form] of forms.slice(0, -1)) await at.post(path, form);
    const [path, form] = forms.at(-1) as [string, Form];
    const events = await at.eventsOf(async () => {
      const { status, body } = await at.ask('POST', path, { form });
      expect({ status, code: body.code }).toEqual({ status: 400, code });
      expect(body.message).toContain(`: ${limit}`);
    });
    expect(events).toEqual([]);
  }

  // What happens at the default, 1000, is tested beside the command.
  test('a conversation has at most so many participants', async () => {
    const limit = 3;
    const at = await open({ participantsPerConversation: limit });
    await at.post('/v1/Conversations', { UniqueName: 'room' });
    const forms = Array.from({ length: limit + 1 }, (_, number): [string, Form] => [
      '/v1/Conversations/room/Participants',
      { Identity: `user ${number}` },
    ]);
    await lastIsRefused(at, forms, 50417, limit);
    await at.discard();
  });

  test.each([
    [0, { nonChatParticipantsPerConversation: 0 }],
    [2, { nonChatParticipantsPerConversation: 2 }],
    [50, {}],
  ])('at most %i of them are outside chat', async (limit, own) => {
    const at = await open(own);
    await at.post('/v1/Conversations', { UniqueName: 'room' });
    const forms = Array.from({ length: limit + 1 }, (_, number): [string, Form] => [
      '/v1/Conversations/room/Participants',
      phone(number),
    ]);
    await lastIsRefused(at, forms, 50418, limit);
    await at.post('/v1/Conversations/room/Participants', { Identity: 'ann' });
    await at.discard();
  });

  test('a user who came and went often is counted by where he is now', async () => {
    const at = await open({ conversationsPerIdentity: 2 });
    for (const name of ['a', 'b', 'c']) await at.post('/v1/Conversations', { UniqueName: name });
    const participants = (name: string) => `/v1/Conversations/${name}/Participants`;
    for (let times = 0; times < 3; times += 1) {
      await at.post(participants('a'), { Identity: 'ann' });
      await at.remove(`${participants('a')}/ann`);
    }
    const forms = ['a', 'b', 'c'].map((name): [string, Form] => [participants(name), { Identity: 'ann' }]);
    await lastIsRefused(at, forms, 50214, 2);
    await at.discard();
  });

  test('a user is in at most so many conversations that are not closed', async () => {
    const at = await open({ conversationsPerIdentity: 2 });
    for (const name of ['a', 'b', 'c']) await at.post('/v1/Conversations', { UniqueName: name });
    const forms = ['a', 'b', 'c'].map((name): [string, Form] => [
      `/v1/Conversations/${name}/Participants`,
      { Identity: 'ann' },
    ]);
    await lastIsRefused(at, forms, 50214, 2);
    await at.post('/v1/Conversations/a', { State: 'closed' });
    await at.post('/v1/Conversations/c/Participants', { Identity: 'ann' });
    await at.discard();
  });

  const hook = {
    Target: 'webhook',
    'Configuration.Url': 'https://example.com/',
    'Configuration.Filters': 'onMessageAdded',
  };

  test.each([
    [0, { webhooksPerConversation: 0 }],
    [2, { webhooksPerConversation: 2 }],
    [5, {}],
  ])('a conversation has at most %i webhooks', async (limit, own) => {
    const at = await open(own);
    await at.post('/v1/Conversations', { UniqueName: 'room' });
    const forms = Array.from({ length: limit + 1 }, (): [string, Form] => ['/v1/Conversations/room/Webhooks', hook]);
    await lastIsRefused(at, forms, 50361, limit);
    await at.discard();
  });

  test.each([
    [1, { webhookTriggers: 1 }],
    [5, {}],
  ])('a webhook has at most %i triggers', async (limit, own) => {
    const at = await open(own);
    await at.post('/v1/Conversations', { UniqueName: 'room' });
    const form = (count: number) => ({
      Target: 'trigger',
      'Configuration.Url': 'https://example.com/',
      'Configuration.Triggers': Array.from({ length: count }, (_, number) => `word ${number}`),
    });
    await at.post('/v1/Conversations/room/Webhooks', form(limit));
    const { body } = await at.ask('POST', '/v1/Conversations/room/Webhooks', { form: form(limit + 1) });
    expect([body.code, body.message]).toEqual([50362, expect.stringContaining(`more than ${limit}`)]);
    await at.discard();
  });

  test.each([
    [0, { combinedParticipants: 0 }],
    [2, { combinedParticipants: 2 }],
    [10, {}],
  ])('a conversation is made together with at most %i participants', async (limit, own) => {
    const at = await open(own);
    const Participant = Array.from({ length: limit + 1 }, (_, number) =>
      JSON.stringify({ identity: `user ${number}` }),
    );
    const path = '/v1/ConversationWithParticipants';
    expect((await at.ask('POST', path, { form: { Participant: Participant.slice(1) } })).status).toBeLessThan(300);
    const { body } = await at.ask('POST', path, { form: { Participant } });
    expect([body.code, body.message]).toEqual([50426, expect.stringContaining(`more than ${limit}`)]);
    await at.discard();
  });

  test('unread messages are counted up to a limit', async () => {
    const at = await open({ unreadCount: 2 });
    await at.post('/v1/Conversations', { UniqueName: 'room' });
    await at.post('/v1/Conversations/room/Participants', { Identity: 'ann' });
    const unread = async () => {
      await at.post('/v1/Conversations/room/Messages', { Body: 'x' });
      return (await at.get('/v1/Users/ann/Conversations')).conversations[0].unread_messages_count;
    };
    await at.post('/v1/Users/ann/Conversations/room', { LastReadMessageIndex: '0' });
    await at.post('/v1/Conversations/room/Messages', { Body: 'read' });
    expect([await unread(), await unread(), await unread()]).toEqual([1, 2, 2]);
    await at.discard();
  });

  test('a file is at most so large', async () => {
    const at = await openRest({ limits: { ...limits, mediaBytes: 10 }, publicUrl: null });
    const { url } = await at.server.listen();
    const { default_chat_service_sid: service } = await at.get('/v1/Configuration');
    const upload = async (body: string) => {
      const headers = { authorization: authorization.byAccount, 'content-type': 'text/plain' };
      const response = await fetch(`${url}/v1/Services/${service}/Media`, { method: 'POST', headers, body });
      const { code, message } = (await response.json()) as { code?: number; message?: string };
      return [response.status, code, message];
    };
    expect(await upload('x'.repeat(10))).toEqual([201, undefined, undefined]);
    expect(await upload('x'.repeat(11))).toEqual([400, 50512, expect.stringContaining('more than 10 bytes')]);
    await at.discard();
  });

  test.each([
    ['participants outside chat', { nonChatParticipantsPerConversation: 0 }, 'default'],
    ['participants', { participantsPerConversation: 2 }, 'default'],
    ['webhooks', { webhooksPerConversation: 0 }, 'webhook'],
  ])('a message from outside that would need more %s is kept as unrouted', async (_what, own, type) => {
    const at = await openRest({ limits: { ...limits, ...own }, sandbox: 'any', groupTexting: true });
    await at.post('/v1/Configuration/Addresses', {
      Type: 'sms',
      Address: '+12025550100',
      'AutoCreation.Enabled': 'true',
      'AutoCreation.Type': type,
      'AutoCreation.WebhookUrl': 'https://app.example.com/',
    });
    const { statusCode } = await at.server.inject({
      method: 'POST',
      url: '/v1/x/sandbox/phones/+12025550150/messages',
      headers: { authorization: authorization.byAccount },
      payload: { to: '+12025550100', others: ['+12025550151'], body: 'hello' },
    });
    expect(statusCode).toBe(201);
    const [kept, ...rest] = (await at.get('/v1/x/unrouted')).unrouted;
    expect(rest).toEqual([]);
    expect(kept).toMatchObject({ reason: expect.stringMatching(/participants outside chat|webhook/) });
    expect((await at.get('/v1/Conversations')).conversations).toEqual([]);
    await at.discard();
  });

  test('a lower limit leaves what is there already, also when something else of it changes', async () => {
    const at = await open({ participantsPerConversation: 1 });
    await at.post('/v1/Conversations', { UniqueName: 'room', FriendlyName: 'x'.repeat(200) });
    await at.post('/v1/Conversations/room/Participants', { Identity: 'ann' });
    await at.post('/v1/Conversations/room/Participants/ann', { Attributes: '{"a":1}' });
    await at.discard();
  });
});
