import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeToken } from '../../api/tokens.ts';
import { type OpenRealtime, openRealtime, testKeys } from '../../testing/open-realtime.ts';
import type { RawClient } from '../../testing/raw-client.ts';
import { createConversation } from '../conversations/actions.ts';
import { addParticipant, findParticipant, removeParticipant, updateParticipant } from '../participants/actions.ts';
import { createService, findService, updateServiceConfiguration } from '../services/actions.ts';
import { findUser } from '../users/actions.ts';
import { createRole, deleteRole, listRoles } from './actions.ts';

let at: OpenRealtime;
beforeEach(async () => {
  at = await openRealtime();
});
afterEach(() => at.discard());

const roleNamed = async (name: string, service: string = at.service) => {
  const { items } = await listRoles(at.core.db, service, { limit: 50 });
  return items.find((role) => role.friendly_name === name)?.sid ?? '';
};

async function makeRole(type: 'service' | 'conversation', service: string = at.service): Promise<string> {
  const permissions = [type === 'service' ? 'joinConversation' : 'sendMessage'];
  return (await at.core.run(createRole, at.account, { service, friendlyName: 'own', type, permissions })).sid;
}

async function connect(identity: string, role: string): Promise<RawClient> {
  const client = await at.socket();
  const token = await makeToken(testKeys, { identity, service: at.service, role }, at.clock.now());
  client.connected = await client.call('connect', { token });
  return client;
}

test('A new service has four roles, with just these permissions.', async () => {
  const { sid } = await at.core.run(createService, at.account, { friendlyName: 'new' });
  const { items } = await listRoles(at.core.db, sid, { limit: 50 });
  const roles = items.map(({ friendly_name, type, permissions }) => [
    friendly_name,
    type,
    JSON.parse(permissions).sort(),
  ]);
  expect(roles).toEqual([
    [
      'service admin',
      'service',
      [
        'addParticipant',
        'createConversation',
        'deleteAnyMessage',
        'deleteConversation',
        'editAnyMessage',
        'editAnyMessageAttributes',
        'editAnyUserInfo',
        'editConversationAttributes',
        'editConversationName',
        'editOwnMessage',
        'editOwnMessageAttributes',
        'editOwnUserInfo',
        'joinConversation',
        'removeParticipant',
      ],
    ],
    ['service user', 'service', ['createConversation', 'editOwnUserInfo', 'joinConversation']],
    [
      'channel admin',
      'conversation',
      [
        // Not in the contract's list: docs/decisions/0004-roles.md says why.
        'addNonChatParticipant',
        'addParticipant',
        'deleteAnyMessage',
        'deleteConversation',
        'editAnyMessage',
        'editAnyMessageAttributes',
        'editAnyParticipantAttributes',
        'editConversationAttributes',
        'editConversationName',
        'editNotificationLevel',
        'leaveConversation',
        'removeParticipant',
        'sendMediaMessage',
        'sendMessage',
      ],
    ],
    [
      'channel user',
      'conversation',
      [
        'deleteOwnMessage',
        'editNotificationLevel',
        'editOwnMessage',
        'editOwnMessageAttributes',
        'editOwnParticipantAttributes',
        'leaveConversation',
        'sendMediaMessage',
        'sendMessage',
      ],
    ],
  ]);
  const named = async (role: string | undefined) => items.find((one) => one.sid === role)?.friendly_name;
  const service = await findService(at.core.db, at.account.account, sid);
  expect(await named(service?.default_conversation_creator_role_sid)).toBe('channel admin');
  expect(await named(service?.default_conversation_role_sid)).toBe('channel user');
  expect(await named(service?.default_chat_service_role_sid)).toBe('service user');
});

describe('Who gets which role', () => {
  test('The creator gets the one for creators when he joins, everyone else the one for participants, phones none.', async () => {
    const ann = await at.connect('ann');
    const { conversation } = await ann.call('conversations.create', {});
    const room = { conversation: conversation.sid };
    await ann.call('conversations.join', room);
    await ann.call('participants.add', { ...room, identity: 'ben' });
    await at.core.run(addParticipant, at.account, { service: at.service, ...room, identity: 'cat' });
    const own = await makeRole('conversation');
    await at.core.run(addParticipant, at.account, { service: at.service, ...room, identity: 'dan', role: own });
    const phone = await ann.call('participants.addNonChat', {
      ...room,
      address: '+12025550150',
      proxyAddress: '+12025550100',
    });
    const roleOf = async (ref: string) => (await findParticipant(at.core.db, conversation.sid, ref))?.role_sid;
    expect(await roleOf('ann')).toBe(await roleNamed('channel admin'));
    expect(await roleOf('ben')).toBe(await roleNamed('channel user'));
    expect(await roleOf('cat')).toBe(await roleNamed('channel user'));
    expect(await roleOf('dan')).toBe(own);
    expect(await roleOf(phone.sid)).toBeNull();
  });

  test('A service that names other roles gives those from then on.', async () => {
    const { core, account, service } = at;
    const [creator, participant, user] = [
      await makeRole('conversation'),
      await makeRole('conversation'),
      await makeRole('service'),
    ];
    const roles = { conversationCreatorRole: creator, conversationRole: participant, chatServiceRole: user };
    await core.run(updateServiceConfiguration, account, { service, ...roles });
    const { sid } = await core.run(createConversation, account, { service });
    const added = await core.run(addParticipant, account, { service, conversation: sid, identity: 'ann' });
    expect(added.role_sid).toBe(participant);
    expect((await findUser(core.db, service, 'ann'))?.role_sid).toBe(user);
  });

  test('A token that names a role gives it to the user it makes, and to nobody who is there already.', async () => {
    const role = await makeRole('service');
    expect((await connect('ann', role)).connected?.user.roleSid).toBe(role);
    await at.connect('ben');
    expect((await connect('ben', role)).connected?.user.roleSid).toBe(await roleNamed('service user'));
  });

  test('A token that names a role of conversations, or of another service, is refused, and makes no user.', async () => {
    const { sid: other } = await at.core.run(createService, at.account, { friendlyName: 'other' });
    for (const role of [await makeRole('conversation'), await makeRole('service', other)]) {
      await expect(connect('eve', role)).rejects.toMatchObject({ code: 20106 });
    }
    expect(await findUser(at.core.db, at.service, 'eve')).toBeUndefined();
  });
});

describe('A role', () => {
  test('in use stays, and goes when the last who has it has another one or has gone.', async () => {
    const { core, account, service } = at;
    const role = await makeRole('conversation');
    const { sid: conversation } = await core.run(createConversation, account, { service });
    for (const identity of ['ann', 'ben']) {
      await core.run(addParticipant, account, { service, conversation, identity, role });
    }
    const remove = () => core.run(deleteRole, account, { service, role });
    await expect(remove()).rejects.toMatchObject({ code: 20409 });
    await core.run(removeParticipant, account, { service, conversation, participant: 'ann' });
    await expect(remove()).rejects.toMatchObject({ code: 20409 });
    const another = await makeRole('conversation');
    await core.run(updateParticipant, account, { service, conversation, participant: 'ben', role: another });
    await remove();
    expect((await listRoles(core.db, service, { limit: 50 })).items.map(({ sid }) => sid)).not.toContain(role);
  });

  test('that a service gives stays.', async () => {
    for (const name of ['service user', 'channel admin', 'channel user']) {
      const remove = at.core.run(deleteRole, at.account, { service: at.service, role: await roleNamed(name) });
      await expect(remove).rejects.toMatchObject({ code: 20409 });
    }
    await at.core.run(deleteRole, at.account, { service: at.service, role: await roleNamed('service admin') });
  });
});
