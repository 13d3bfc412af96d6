import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeToken } from '../../api/tokens.ts';
import { testAccount } from '../../testing/open-core.ts';
import { type OpenPreAction, openPreAction } from '../../testing/open-pre-action.ts';
import { testCredentials } from '../../testing/open-rest.ts';
import { signatureOf } from './signature.ts';

let at: OpenPreAction;
beforeAll(async () => {
  at = await openPreAction();
});
afterEach(() => at.forget());
afterAll(() => at.discard());

/** A test moves the clock by a second at most. */
let began: number;
beforeEach(() => {
  began = at.clock.now();
});
const start = () => new Date(began).toISOString();
const later = () => new Date(began + 1000).toISOString();

describe('Before a change by an app user, the webhook is told of', () => {
  const parametersOf = (event: string) => {
    expect(at.asked(event)).toHaveLength(1);
    return at.asked(event)[0]?.parameters;
  };
  const common = (event: string) => [
    ['AccountSid', testAccount],
    ['EventType', event],
    ['Source', 'SDK'],
    ['ClientIdentity', 'ann'],
    ['ChatServiceSid', at.service],
  ];
  const messagingService = async () => (await at.get('/v1/Configuration')).default_messaging_service_sid;
  const retryCount = ['RetryCount', '0'];

  it('a new conversation', async () => {
    await at.ann.call('conversations.create', { friendlyName: 'Tea', attributes: '{"a":1}' });
    expect(parametersOf('onConversationAdd')).toEqual([
      ...common('onConversationAdd'),
      ['FriendlyName', 'Tea'],
      ['UniqueName', ''],
      ['Attributes', '{"a":1}'],
      ['MessagingServiceSid', await messagingService()],
      ['State', 'active'],
      retryCount,
    ]);
  });

  it('a change of a conversation, with the values that it would get', async () => {
    const conversation = await at.converse();
    at.clock.advance(1000);
    await at.ann.call('conversations.update', { conversation, friendlyName: 'Coffee', uniqueName: 'coffee' });
    expect(parametersOf('onConversationUpdate')).toEqual([
      ...common('onConversationUpdate'),
      ['ConversationSid', conversation],
      ['DateCreated', start()],
      ['DateUpdated', later()],
      ['FriendlyName', 'Coffee'],
      ['UniqueName', 'coffee'],
      ['Attributes', '{}'],
      ['MessagingServiceSid', await messagingService()],
      ['State', 'active'],
      retryCount,
    ]);
  });

  it('the end of a conversation', async () => {
    const conversation = await at.converse();
    await at.ann.call('conversations.delete', { conversation });
    expect(parametersOf('onConversationRemove')).toEqual([
      ...common('onConversationRemove'),
      ['ConversationSid', conversation],
      ['DateCreated', start()],
      ['DateUpdated', start()],
      ['FriendlyName', 'Tea'],
      ['UniqueName', ''],
      ['Attributes', '{}'],
      ['MessagingServiceSid', await messagingService()],
      ['State', 'active'],
      retryCount,
    ]);
  });

  it('a new message', async () => {
    const conversation = await at.converse();
    const { participantSid } = await at.ann.call('messages.send', {
      conversation,
      body: 'Hi & <bye>',
      attributes: '[1]',
    });
    expect(parametersOf('onMessageAdd')).toEqual([
      ...common('onMessageAdd'),
      ['ConversationSid', conversation],
      ['Body', 'Hi & <bye>'],
      ['Author', 'ann'],
      ['ParticipantSid', participantSid],
      ['Attributes', '[1]'],
      retryCount,
    ]);
  });

  it('a new message of files, without a body', async () => {
    const conversation = await at.converse();
    const token = await makeToken(testCredentials, { identity: 'ann', service: at.service }, at.clock.now());
    const upload = await fetch(`${at.url}/v1/Services/${at.service}/Media?Filename=notes.txt`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', 'x-twilio-token': token },
      body: 'Milk',
    });
    const media = (await upload.json()) as { sid: string };
    const message = await at.ann.call('messages.send', { conversation, media: [media.sid] });
    const files = [{ Sid: media.sid, Filename: 'notes.txt', ContentType: 'text/plain', Size: 4 }];
    expect(parametersOf('onMessageAdd')).toEqual([
      ...common('onMessageAdd'),
      ['ConversationSid', conversation],
      ['Body', ''],
      ['Author', 'ann'],
      ['ParticipantSid', message.participantSid],
      ['Attributes', '{}'],
      ['Media', JSON.stringify(files)],
      retryCount,
    ]);
  });

  it('a change of a message, with the values that it would get; and its end', async () => {
    const conversation = await at.converse();
    const { sid, index, participantSid } = await at.ann.call('messages.send', { conversation, body: 'Hi' });
    at.clock.advance(1000);
    await at.ann.call('messages.update', { conversation, index, body: 'Ho' });
    const message = [
      ['ConversationSid', conversation],
      ['MessageSid', sid],
      ['Index', '0'],
      ['DateCreated', start()],
      ['DateUpdated', later()],
      ['Body', 'Ho'],
      ['Author', 'ann'],
      ['ParticipantSid', participantSid],
      ['Attributes', '{}'],
    ];
    expect(parametersOf('onMessageUpdate')).toEqual([...common('onMessageUpdate'), ...message, retryCount]);
    await at.ann.call('messages.remove', { conversation, index });
    expect(parametersOf('onMessageRemove')).toEqual([...common('onMessageRemove'), ...message, retryCount]);
  });

  it('somebody who joins, or is added', async () => {
    const { conversation } = await at.ann.call('conversations.create', {});
    await at.ann.call('conversations.join', { conversation: conversation.sid });
    const roles = (await at.get('/v1/Roles')).roles;
    const role = (name: string) => roles.find((one: { friendly_name: string }) => one.friendly_name === name).sid;
    expect(parametersOf('onParticipantAdd')).toEqual([
      ...common('onParticipantAdd'),
      ['ConversationSid', conversation.sid],
      ['Identity', 'ann'],
      ['RoleSid', role('channel admin')],
      ['Attributes', '{}'],
      ['MessagingBinding.Type', 'CHAT'],
      retryCount,
    ]);
    at.forget();
    await at.ann.call('participants.addNonChat', {
      conversation: conversation.sid,
      address: '+12025550142',
      proxyAddress: '+12025550100',
      attributes: '{"b":2}',
    });
    expect(parametersOf('onParticipantAdd')).toEqual([
      ...common('onParticipantAdd'),
      ['ConversationSid', conversation.sid],
      ['RoleSid', ''],
      ['Attributes', '{"b":2}'],
      ['MessagingBinding.ProxyAddress', '+12025550100'],
      ['MessagingBinding.Address', '+12025550142'],
      ['MessagingBinding.Type', 'SMS'],
      retryCount,
    ]);
  });

  it('a change of a participant, and one who goes', async () => {
    const conversation = await at.converse();
    const added = await at.ann.call('participants.add', { conversation, identity: 'bob' });
    at.clock.advance(1000);
    await at.ann.call('participants.update', { conversation, participant: 'bob', attributes: '{"c":3}' });
    const participant = [
      ['ConversationSid', conversation],
      ['Identity', 'bob'],
      ['RoleSid', added.roleSid],
      ['Attributes', '{"c":3}'],
      ['MessagingBinding.Type', 'CHAT'],
      ['ParticipantSid', added.sid],
      ['DateCreated', start()],
      ['DateUpdated', later()],
    ];
    expect(parametersOf('onParticipantUpdate')).toEqual([...common('onParticipantUpdate'), ...participant, retryCount]);
    await at.ann.call('participants.remove', { conversation, participant: 'bob' });
    expect(parametersOf('onParticipantRemove')).toEqual([...common('onParticipantRemove'), ...participant, retryCount]);
  });

  it('a change of a user', async () => {
    const user = await at.ann.call('users.update', { user: 'ann', friendlyName: 'Ann', attributes: '{"d":4}' });
    expect(parametersOf('onUserUpdate')).toEqual([
      ...common('onUserUpdate'),
      ['UserSid', user.sid],
      ['DateUpdated', start()],
      ['Identity', 'ann'],
      ['RoleSid', user.roleSid],
      ['Attributes', '{"d":4}'],
      ['FriendlyName', 'Ann'],
      retryCount,
    ]);
  });

  it('it by a signed form, or a signed query when that is configured', async () => {
    const conversation = await at.converse();
    await at.ann.call('messages.send', { conversation, body: 'by form' });
    await at.askBefore({ url: at.receiver.url('/before?a=b'), method: 'GET' });
    await at.ann.call('messages.send', { conversation, body: 'by query' });
    const [byForm, byQuery] = at.asked('onMessageAdd');
    const { authToken } = testCredentials;
    expect(byForm?.method).toBe('POST');
    expect(byForm?.headers['x-twilio-signature']).toBe(
      signatureOf(authToken, at.receiver.url('/before'), byForm?.parameters),
    );
    expect(byQuery?.method).toBe('GET');
    expect(byQuery?.values).toMatchObject({ a: 'b', Body: 'by query' });
    expect(byQuery?.headers['x-twilio-signature']).toBe(signatureOf(authToken, at.receiver.url(byQuery?.path ?? '')));
    expect(byForm?.headers['i-twilio-idempotency-token']).not.toBe(byQuery?.headers['i-twilio-idempotency-token']);
  });
});
