/** Each permission of the contract (behaviour reference, section 9.2) and what it lets an SDK user do. */
import { conversationPermissions, type Permission, type RoleType, servicePermissions } from '@colloquy/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConversation } from '../../core/conversations/actions.ts';
import { sendMessage } from '../../core/messages/actions.ts';
import { addParticipant } from '../../core/participants/actions.ts';
import { createRole, updateRole } from '../../core/roles/actions.ts';
import { createUser } from '../../core/users/actions.ts';
import { type OpenRealtime, openRealtime } from '../../testing/open-realtime.ts';
import type { RawClient } from '../../testing/raw-client.ts';

let at: OpenRealtime;
beforeAll(async () => {
  at = await openRealtime();
});
afterAll(() => at.discard());

interface Scene {
  ann: RawClient;
  identity: string;
  conversation: string;
  number: number;
}

interface Operation {
  name: string;
  /** Any of them is enough. */
  anyOf: Permission[];
  /** What a stranger needs beside it, to see the conversation. */
  sees?: Permission;
  /** The code of success; some operations are refused for another reason as soon as they are allowed. */
  code?: number;
  run(scene: Scene): Promise<unknown>;
}

const operations: Operation[] = [
  {
    name: 'create a conversation',
    anyOf: ['createConversation'],
    run: ({ ann }) => ann.call('conversations.create', {}),
  },
  {
    name: 'rename a conversation',
    anyOf: ['editConversationName'],
    run: ({ ann, conversation }) => ann.call('conversations.update', { conversation, friendlyName: 'x' }),
  },
  {
    name: 'change the unique name of a conversation',
    anyOf: ['editConversationName'],
    run: ({ ann, conversation, number }) =>
      ann.call('conversations.update', { conversation, uniqueName: `name ${number}` }),
  },
  {
    name: 'change the attributes of a conversation',
    anyOf: ['editConversationAttributes'],
    run: ({ ann, conversation }) => ann.call('conversations.update', { conversation, attributes: '{"a":1}' }),
  },
  {
    name: 'delete a conversation',
    anyOf: ['deleteConversation'],
    run: ({ ann, conversation }) => ann.call('conversations.delete', { conversation }),
  },
  {
    name: 'leave a conversation',
    anyOf: ['leaveConversation'],
    run: ({ ann, conversation }) => ann.call('conversations.leave', { conversation }),
  },
  {
    name: 'remove himself',
    anyOf: ['leaveConversation'],
    run: ({ ann, conversation, identity }) => ann.call('participants.remove', { conversation, participant: identity }),
  },
  {
    name: 'add a chat user',
    anyOf: ['addParticipant'],
    run: ({ ann, conversation }) => ann.call('participants.add', { conversation, identity: 'cat' }),
  },
  {
    name: 'add a phone',
    anyOf: ['addNonChatParticipant'],
    run: ({ ann, conversation, number }) =>
      ann.call('participants.addNonChat', {
        conversation,
        address: `+1303555${1000 + number}`,
        proxyAddress: '+12025550100',
      }),
  },
  {
    name: 'remove somebody else',
    anyOf: ['removeParticipant'],
    run: ({ ann, conversation }) => ann.call('participants.remove', { conversation, participant: 'ben' }),
  },
  {
    name: 'change his own attributes as a participant',
    anyOf: ['editOwnParticipantAttributes', 'editAnyParticipantAttributes'],
    run: ({ ann, conversation, identity }) =>
      ann.call('participants.update', { conversation, participant: identity, attributes: '1' }),
  },
  {
    name: 'change the attributes of another participant',
    anyOf: ['editAnyParticipantAttributes'],
    run: ({ ann, conversation }) =>
      ann.call('participants.update', { conversation, participant: 'ben', attributes: '1' }),
  },
  {
    name: 'mute a conversation',
    anyOf: ['editNotificationLevel'],
    run: ({ ann, conversation }) => ann.call('membership.update', { conversation, notificationLevel: 'muted' }),
  },
  {
    name: 'send text',
    anyOf: ['sendMessage'],
    run: ({ ann, conversation }) => ann.call('messages.send', { conversation, body: 'x' }),
  },
  {
    name: 'send media',
    anyOf: ['sendMediaMessage'],
    // There is no such file: that it says so shows that it looked.
    code: 50507,
    run: ({ ann, conversation }) => ann.call('messages.send', { conversation, media: [`ME${'0'.repeat(32)}`] }),
  },
  {
    name: 'change what he wrote',
    anyOf: ['editOwnMessage', 'editAnyMessage'],
    run: ({ ann, conversation }) => ann.call('messages.update', { conversation, index: 0, body: 'x' }),
  },
  {
    name: 'change what another wrote',
    anyOf: ['editAnyMessage'],
    run: ({ ann, conversation }) => ann.call('messages.update', { conversation, index: 1, body: 'x' }),
  },
  {
    name: 'change the attributes of his message',
    anyOf: ['editOwnMessageAttributes', 'editAnyMessageAttributes'],
    run: ({ ann, conversation }) => ann.call('messages.update', { conversation, index: 0, attributes: '1' }),
  },
  {
    name: "change the attributes of another's message",
    anyOf: ['editAnyMessageAttributes'],
    run: ({ ann, conversation }) => ann.call('messages.update', { conversation, index: 1, attributes: '1' }),
  },
  {
    name: 'delete his message',
    anyOf: ['deleteOwnMessage', 'deleteAnyMessage'],
    run: ({ ann, conversation }) => ann.call('messages.remove', { conversation, index: 0 }),
  },
  {
    name: "delete another's message",
    anyOf: ['deleteAnyMessage'],
    run: ({ ann, conversation }) => ann.call('messages.remove', { conversation, index: 1 }),
  },
  {
    name: 'change his own user',
    anyOf: ['editOwnUserInfo', 'editAnyUserInfo'],
    run: ({ ann, identity }) => ann.call('users.update', { user: identity, friendlyName: 'x', attributes: '1' }),
  },
  {
    name: 'change another user',
    anyOf: ['editAnyUserInfo'],
    run: ({ ann }) => ann.call('users.update', { user: 'ben', friendlyName: 'x' }),
  },
];

const joining: Operation = {
  name: 'join a conversation that he sees',
  anyOf: ['joinConversation'],
  sees: 'removeParticipant',
  run: ({ ann, conversation }) => ann.call('conversations.join', { conversation }),
};

const known: Record<RoleType, readonly Permission[]> = {
  service: servicePermissions,
  conversation: conversationPermissions,
};

async function makeRole(type: RoleType, permissions: readonly Permission[]): Promise<string> {
  const input = { service: at.service, friendlyName: 'of this test', type, permissions };
  return (await at.core.run(createRole, at.account, input)).sid;
}

let scenes = 0;

/** A user with just these roles, in a conversation with Ben, where each has written; or outside of it. */
async function openScene(roles: Record<RoleType, readonly Permission[]>, inside = true): Promise<Scene> {
  scenes += 1;
  const { core, account, service } = at;
  const identity = `user ${scenes}`;
  await core.run(createUser, account, { service, identity, role: await makeRole('service', roles.service) });
  const { sid: conversation } = await core.run(createConversation, account, { service });
  const room = { service, conversation };
  if (inside) {
    const role = await makeRole('conversation', roles.conversation);
    await core.run(addParticipant, account, { ...room, identity, role });
  }
  await core.run(addParticipant, account, { ...room, identity: 'ben' });
  for (const author of [identity, 'ben']) await core.run(sendMessage, account, { ...room, author, body: 'x' });
  return { ann: await at.connect(identity), identity, conversation, number: scenes };
}

const codeOf = (answer: Promise<unknown>) =>
  answer.then(
    () => undefined,
    (error: { code: number }) => error.code,
  );

/** Something to fill a role with that has nothing to do with the operation: a role allows at least one thing. */
function filling(type: RoleType, { anyOf }: Operation): Permission[] {
  const fillings: Permission[] =
    type === 'service' ? ['createConversation', 'joinConversation'] : ['sendMessage', 'leaveConversation'];
  return fillings.filter((permission) => !anyOf.includes(permission)).slice(0, 1);
}

const granting = operations.flatMap((operation) =>
  (['service', 'conversation'] as const).flatMap((type) =>
    operation.anyOf
      .filter((permission) => known[type].includes(permission))
      .map((permission) => [operation.name, permission, type, operation] as const),
  ),
);

describe('A user may', () => {
  test.each(granting)('%s with %s alone in his %s role.', async (_name, permission, type, operation) => {
    const roles = { service: filling('service', operation), conversation: filling('conversation', operation) };
    const scene = await openScene({ ...roles, [type]: [permission] });
    expect(await codeOf(operation.run(scene))).toBe(operation.code);
  });

  test('join a conversation that he sees, with joinConversation.', async () => {
    const scene = await openScene({ service: ['joinConversation', 'removeParticipant'], conversation: [] }, false);
    expect(await codeOf(joining.run(scene))).toBeUndefined();
  });

  test('read a conversation that he is in, move his horizon and say that he types, whatever his roles.', async () => {
    const { ann, conversation } = await openScene({
      service: ['createConversation'],
      conversation: ['deleteOwnMessage'],
    });
    await ann.call('conversations.get', { conversation });
    await ann.call('conversations.counts', { conversation });
    await ann.call('conversations.unread', {});
    await ann.call('conversations.recipients', { conversation });
    await ann.call('participants.list', { conversation });
    await ann.call('participants.get', { conversation, participant: 'ben' });
    await ann.call('messages.list', { conversation });
    await ann.call('messages.get', { conversation, index: 1 });
    await ann.call('messages.receipts', { conversation, index: 1 });
    await ann.call('messages.recipients', { conversation, index: 1 });
    await ann.call('content.list', {});
    await ann.call('membership.update', { conversation, read: { mode: 'all' } });
    await ann.call('typing', { conversation });
    await ann.call('users.get', { user: 'ben' });
  });
});

describe('A user may not', () => {
  test.each(operations.map((operation) => [operation.name, operation] as const))(
    '%s with every permission but the ones it takes.',
    async (_name, operation) => {
      const without = (type: RoleType) => known[type].filter((permission) => !operation.anyOf.includes(permission));
      const scene = await openScene({ service: without('service'), conversation: without('conversation') });
      expect(await codeOf(operation.run(scene))).toBe(50107);
    },
  );

  test('join a conversation that he sees, without joinConversation.', async () => {
    const service = servicePermissions.filter((permission) => permission !== 'joinConversation');
    expect(await codeOf(joining.run(await openScene({ service, conversation: [] }, false)))).toBe(50107);
  });

  test('do anything in a conversation that he neither is in nor sees: for him it is not there.', async () => {
    const service: Permission[] = ['createConversation', 'joinConversation', 'editOwnMessage', 'editOwnUserInfo'];
    const scene = await openScene({ service, conversation: [] }, false);
    const inRoom = [joining, ...operations].filter(({ name }) => !/create|user$/.test(name));
    for (const operation of inRoom)
      expect([operation.name, await codeOf(operation.run(scene))]).toEqual([operation.name, 50350]);
  });

  test('change another user whom he shares no conversation with, by a role in a conversation.', async () => {
    const scene = await openScene({ service: ['createConversation'], conversation: ['editAnyUserInfo'] });
    await at.core.run(createUser, at.account, { service: at.service, identity: 'stranger' });
    expect(await codeOf(scene.ann.call('users.update', { user: 'stranger', friendlyName: 'x' }))).toBe(50107);
  });
});

describe('From outside, with a service role alone, a user may', () => {
  const outside = operations.filter(
    ({ anyOf, name }) =>
      anyOf.some((permission) => servicePermissions.includes(permission as never)) && !/user$|create/.test(name),
  );
  test.each(outside.map((operation) => [operation.name, operation] as const))('%s.', async (_name, operation) => {
    const service = operation.anyOf.filter((permission) => servicePermissions.includes(permission as never));
    const scene = await openScene({ service, conversation: [] }, false);
    expect(await codeOf(operation.run(scene))).toBe(operation.code);
  });

  test('not write: that takes a participant.', async () => {
    const scene = await openScene({ service: servicePermissions, conversation: [] }, false);
    expect(await codeOf(scene.ann.call('messages.send', { conversation: scene.conversation, body: 'x' }))).toBe(50430);
  });
});

test('Every permission of the contract lets a user do something, and is in the table.', () => {
  const inTable = new Set([...operations, joining].flatMap(({ anyOf }) => anyOf));
  expect([...inTable].sort()).toEqual([...new Set([...servicePermissions, ...conversationPermissions])].sort());
});

test('A role that is changed counts at once, for those who are connected.', async () => {
  const { core, account, service } = at;
  const role = await makeRole('conversation', ['leaveConversation']);
  const { sid: conversation } = await core.run(createConversation, account, { service });
  await core.run(addParticipant, account, { service, conversation, identity: 'dan', role });
  const dan = await at.connect('dan');
  const send = () => codeOf(dan.call('messages.send', { conversation, body: 'x' }));
  expect(await send()).toBe(50107);
  await core.run(updateRole, account, { service, role, permissions: ['sendMessage'] });
  expect(await send()).toBeUndefined();
});
