import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Scope } from './api-client.ts';
import { operationsOn } from './description.ts';
import { ownNumbers, type RunningServer, runServer } from './running-server.ts';
import { below, openScope, refusal, scopeNames } from './scopes.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

const [proxyAddress = ''] = ownNumbers;

describe.each(scopeNames)('Users of %s', (name) => {
  let scope: Scope;
  let url: string;
  beforeAll(async () => {
    ({ scope, url } = await openScope(server, name));
  });

  test('A user is created, fetched by SID and by identity, updated and removed.', async () => {
    const created = await scope.users.create({ identity: 'erin', friendlyName: 'Erin', attributes: '{"a":1}' });
    expect(created).toMatchObject({
      identity: 'erin',
      friendlyName: 'Erin',
      attributes: '{"a":1}',
      isOnline: null,
      isNotifiable: null,
      url: `${url}/Users/${created.sid}`,
      links: { user_conversations: `${url}/Users/${created.sid}/Conversations` },
    });
    for (const ref of [created.sid, 'erin']) {
      expect(await scope.users(ref).fetch()).toMatchObject({ sid: created.sid });
    }
    await expect(scope.users.create({ identity: 'erin' })).rejects.toMatchObject(refusal(50201, 409));
    const roles = await scope.roles.list();
    const admin = roles.find((role) => role.friendlyName === 'service admin');
    const updated = await scope.users('erin').update({ friendlyName: 'Erin E.', roleSid: admin?.sid ?? '' });
    expect(updated).toMatchObject({ friendlyName: 'Erin E.', attributes: '{"a":1}', roleSid: admin?.sid });
    expect((await scope.users.list()).map((user) => user.identity)).toContain('erin');
    expect(await scope.users('erin').remove()).toBe(true);
    await expect(scope.users('erin').fetch()).rejects.toMatchObject(refusal(20404, 404));
  });

  test.each(['two words', 'a+b@example.com', 'ünï:cødé;漢字', '%41', "o'brien!(*)"])(
    'An identity stands for the SID: %s',
    async (identity) => {
      const created = await scope.users.create({ identity });
      // The library puts what it is given into the path as it is; only a percent sign has to be escaped by the caller.
      const user = scope.users(identity.replaceAll('%', '%25'));
      expect(await user.fetch()).toMatchObject({ sid: created.sid, identity });
    },
  );

  test('What is not allowed is refused with the code of the contract.', async () => {
    const create = (parameters: { identity: string }) => expect(scope.users.create(parameters)).rejects;
    await create({ identity: '' }).toMatchObject(refusal(50204));
    await create({ identity: `US${'0'.repeat(32)}` }).toMatchObject(refusal(50206));
    await expect(scope.users.create({ identity: 'x', attributes: 'x' })).rejects.toMatchObject(refusal(50304));
    await expect(scope.users.create({ identity: 'x', roleSid: 'x' })).rejects.toMatchObject(refusal(20423));
    const conversationRole = (await scope.roles.list()).find((role) => role.type === 'conversation');
    const roleSid = conversationRole?.sid ?? '';
    await expect(scope.users.create({ identity: 'x', roleSid })).rejects.toMatchObject(refusal(50105));
  });

  test("A user's conversations are read, updated and left.", async () => {
    const conversation = await scope.conversations.create({ friendlyName: 'Team', uniqueName: 'team' });
    const participant = await scope.conversations('team').participants.create({ identity: 'fay' });
    for (const body of ['a', 'b', 'c']) await scope.conversations('team').messages.create({ body });
    const { userConversations } = scope.users('fay');
    const [listed] = await userConversations.list();
    expect(listed).toMatchObject({
      conversationSid: conversation.sid,
      participantSid: participant.sid,
      friendlyName: 'Team',
      uniqueName: 'team',
      createdBy: 'system',
      conversationState: 'active',
      notificationLevel: 'default',
      unreadMessagesCount: null,
      lastReadMessageIndex: null,
      links: {
        participant: `${url}/Conversations/${conversation.sid}/Participants/${participant.sid}`,
        conversation: `${url}/Conversations/${conversation.sid}`,
      },
    });
    const updated = await userConversations('team').update({ lastReadMessageIndex: 0, notificationLevel: 'muted' });
    expect(updated).toMatchObject({ lastReadMessageIndex: 0, unreadMessagesCount: 2, notificationLevel: 'muted' });
    const fetched = await userConversations(conversation.sid).fetch();
    expect(fetched).toMatchObject({ unreadMessagesCount: 2, url: updated.url });
    expect(updated.url).toBe(`${url}/Users/${listed?.userSid}/Conversations/${conversation.sid}`);
    const asParticipant = await scope.conversations('team').participants('fay').fetch();
    expect(asParticipant.lastReadMessageIndex).toBe(0);

    expect(await userConversations('team').remove()).toBe(true);
    expect(await scope.conversations('team').participants.list()).toEqual([]);
    await expect(userConversations('team').fetch()).rejects.toMatchObject(refusal(20404, 404));
  });

  test('The conversations of an identity and of an address are found.', async () => {
    const { sid } = await scope.conversations.create({ friendlyName: 'Both', attributes: '{"b":2}' });
    const address = name === 'a named service' ? '+12025550188' : '+12025550189';
    await scope.conversations(sid).participants.create({ identity: 'gus' });
    await scope.conversations(sid).participants.create({
      'messagingBinding.address': address,
      'messagingBinding.proxyAddress': proxyAddress,
    });
    const found = expect.objectContaining({
      conversationSid: sid,
      conversationFriendlyName: 'Both',
      conversationAttributes: '{"b":2}',
      conversationCreatedBy: 'system',
      conversationState: 'active',
    });
    const [asUser, ...others] = await scope.participantConversations.list({ identity: 'gus' });
    expect(others).toEqual([]);
    expect(asUser).toEqual(found);
    expect(asUser).toMatchObject({ participantIdentity: 'gus', participantMessagingBinding: null });
    const [asPhone] = await scope.participantConversations.list({ address });
    expect(asPhone).toEqual(found);
    expect(asPhone).toMatchObject({
      participantIdentity: null,
      participantUserSid: null,
      participantMessagingBinding: {
        type: 'sms',
        address,
        proxy_address: proxyAddress,
        level: null,
        name: null,
        projected_address: null,
      },
    });
    expect(await scope.participantConversations.list({ identity: 'nobody' })).toEqual([]);
    const both = scope.participantConversations.list({ identity: 'gus', address });
    await expect(both).rejects.toMatchObject(refusal(50451));
    await expect(scope.participantConversations.list()).rejects.toMatchObject(refusal(20001));
  });
});

test('Every described operation on users and their conversations was driven.', () => {
  const operations = [
    ...operationsOn(below('/Users(/{Sid})?')),
    ...operationsOn(below('/Users/{UserSid}/Conversations(/{ConversationSid})?')),
    ...operationsOn(below('/ParticipantConversations')),
  ];
  expect(operations).toHaveLength(20);
  expect(server.api.driven).toEqual(expect.arrayContaining(operations));
});
