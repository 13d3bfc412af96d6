import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readTable, tables } from '../../storage/tables.ts';
import { type OpenCore, openCore } from '../../testing/open-core.ts';
import { loadAccount } from '../accounts/actions.ts';
import { configureAddress } from '../address-configurations/actions.ts';
import { createConversation } from '../conversations/actions.ts';
import { sweepConversations } from '../conversations/sweep.ts';
import { sendMessage } from '../messages/actions.ts';
import { addParticipant } from '../participants/actions.ts';
import { configureNotifications } from '../push/settings.ts';
import { createRole, deleteRole, listRoles, updateRole } from '../roles/actions.ts';
import { createUser } from '../users/actions.ts';
import { configureServiceWebhook } from '../webhooks/configure.ts';
import { addConversationWebhook } from '../webhooks/scoped.ts';
import { createService, findService, listServices, removeService, updateServiceConfiguration } from './actions.ts';
import { removeServicePiece } from './remove.ts';

let at: OpenCore;
beforeEach(async () => {
  at = await openCore();
});
afterEach(() => at.discard());

describe('The account', () => {
  test('is the same after a restart, with one default service.', async () => {
    const before = await loadAccount(at.core.db, at.account.account);
    await at.close();
    at = await openCore({ directory: at.directory });
    expect(await loadAccount(at.core.db, at.account.account)).toEqual(before);
    const { items } = await listServices(at.core.db, at.account.account, { limit: 10 });
    expect(items.map((service) => service.sid)).toEqual([before.default_chat_service_sid]);
  });
});

describe('A user', () => {
  test('neither manages services nor roles, whatever his role.', async () => {
    const user = await at.user('ann');
    const { service } = at;
    const { items: roles } = await listRoles(at.core.db, service, { limit: 10 });
    const role = roles[0]?.sid ?? '';
    const refused = expect.objectContaining({ code: 50107 });
    const { core } = at;
    const newRole = { service, friendlyName: 'x', type: 'service', permissions: ['joinConversation'] };
    await expect(core.run(createService, user, { friendlyName: 'x' })).rejects.toEqual(refused);
    await expect(core.run(updateServiceConfiguration, user, { service })).rejects.toEqual(refused);
    await expect(removeService(core, user, service)).rejects.toEqual(refused);
    await expect(core.run(createRole, user, newRole)).rejects.toEqual(refused);
    await expect(core.run(updateRole, user, { service, role, permissions: ['x'] })).rejects.toEqual(refused);
    await expect(core.run(deleteRole, user, { service, role })).rejects.toEqual(refused);
  });
});

describe('Another account', () => {
  test('does not find the services of this one.', async () => {
    const stranger = { kind: 'account', account: `AC${'9'.repeat(32)}` } as const;
    const { service } = at;
    expect(await findService(at.core.db, stranger.account, service)).toBeUndefined();
    const notFound = expect.objectContaining({ code: 50050 });
    await expect(at.core.run(updateServiceConfiguration, stranger, { service })).rejects.toEqual(notFound);
    await expect(removeService(at.core, stranger, service)).rejects.toEqual(notFound);
  });
});

describe('Removing a service', () => {
  const fill = async () => {
    const { sid: service } = await at.core.run(createService, at.account, { friendlyName: 'large' });
    for (let n = 0; n < 150; n += 1) {
      await at.core.run(createUser, at.account, { service, identity: `user ${n}` });
      await at.core.run(createConversation, at.account, { service, uniqueName: `talk ${n}` });
    }
    await at.core.run(addParticipant, at.account, { service, conversation: 'talk 0', identity: 'user 0' });
    return service;
  };

  test('that is cut short goes on when it is asked for again.', async () => {
    const service = await fill();
    expect(await at.core.run(removeServicePiece, at.account, { service })).toEqual({ more: true });
    await at.close();
    at = await openCore({ directory: at.directory });
    expect(await findService(at.core.db, at.account.account, service)).toBeDefined();
    await removeService(at.core, at.account, service);
    expect(await findService(at.core.db, at.account.account, service)).toBeUndefined();
    for (const table of ['users', 'conversations', 'participants', 'roles'] as const) {
      const left = await at.core.db.sql.selectFrom(table).select('sid').where('service_sid', '=', service).execute();
      expect(left, table).toEqual([]);
    }
  });

  test('tells whoever listens, and leaves nothing in the streams of its users.', async () => {
    const service = await fill();
    at.events.length = 0;
    await removeService(at.core, at.account, service);
    const told = new Set(at.events.map((event) => event.type));
    expect([...told].sort()).toEqual(['conversation.removed', 'membership.removed', 'user.removed']);
    const users = at.events.filter((event) => event.type === 'user.removed').map((event) => event.stream);
    expect(users).toHaveLength(150);
    // The newest event of all stays until then.
    await at.core.run(createConversation, at.account, { service: at.service });
    while ((await at.core.run(sweepConversations, at.account, {})).more);
    const left = await at.core.db.sql.selectFrom('events').select('type').where('stream', 'in', users).execute();
    expect(left).toEqual([]);
  });

  test('leaves no row that names it in any table, but in logs of what was.', async () => {
    const { core, account } = at;
    const { sid: service } = await core.run(createService, account, { friendlyName: 'full' });
    const { sid: conversation } = await core.run(createConversation, account, { service });
    await core.run(addParticipant, account, { service, conversation, identity: 'ann' });
    await core.run(sendMessage, account, { service, conversation, body: 'x' });
    await core.run(addConversationWebhook, account, {
      service,
      conversation,
      target: 'webhook',
      url: 'https://example.com/scoped',
      filters: ['onMessageAdded'],
    });
    await core.run(configureServiceWebhook, account, { service, postUrl: 'https://example.com/service' });
    await core.run(configureNotifications, account, {
      service,
      newMessage: { enabled: true },
      withMedia: {},
      added: {},
      removed: {},
    });
    await core.run(configureAddress, account, {
      type: 'sms',
      address: '+12025550100',
      autoCreation: { enabled: true, type: 'default', conversationService: service },
    });
    const logs = ['webhook_deliveries', 'idempotency', 'outbox'];
    const naming = async (sid: string) => {
      const found: string[] = [];
      for (const table of tables.filter(({ name }) => !logs.includes(name))) {
        for await (const rows of readTable(core.db, table)) {
          if (rows.some((row) => Object.values(row).includes(sid))) found.push(table.name);
        }
      }
      return found;
    };
    const settings = ['address_configurations', 'conversation_webhooks', 'push_settings', 'webhook_configurations'];
    expect(await naming(service)).toEqual(expect.arrayContaining(['roles', 'users', 'participants', ...settings]));
    await removeService(core, account, service);
    while ((await core.run(sweepConversations, account, {})).more);
    expect([...(await naming(service)), ...(await naming(conversation))]).toEqual(['events']);
  });
});
