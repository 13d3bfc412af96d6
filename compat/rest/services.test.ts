import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Scope } from './api-client.ts';
import { operationsOn } from './description.ts';
import { accountSid, type RunningServer, runServer } from './running-server.ts';
import { below, openScope, refusal, scopeNames } from './scopes.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

test('The account has a default service and a stable messaging service.', async () => {
  const { v1 } = server.api;
  const configuration = await v1.configuration().fetch();
  expect(configuration).toMatchObject({ accountSid, defaultInactiveTimer: null, defaultClosedTimer: null });
  const { defaultChatServiceSid, defaultMessagingServiceSid } = configuration;
  expect(await v1.services(defaultChatServiceSid).fetch()).toMatchObject({ accountSid, sid: defaultChatServiceSid });
  const conversation = await v1.conversations.create();
  expect(conversation).toMatchObject({
    chatServiceSid: defaultChatServiceSid,
    messagingServiceSid: defaultMessagingServiceSid,
  });
  await expect(v1.services(defaultChatServiceSid).remove()).rejects.toMatchObject(refusal(20409, 409));
});

test('A service is created with its roles, listed, fetched and removed with all that is in it.', async () => {
  const { v1 } = server.api;
  const created = await v1.services.create({ friendlyName: 'Second' });
  expect(created).toMatchObject({
    accountSid,
    friendlyName: 'Second',
    url: `${server.url}/v1/Services/${created.sid}`,
  });
  expect((await v1.services.list()).map((service) => service.sid)).toContain(created.sid);
  const service = v1.services(created.sid);
  const roles = await service.roles.list();
  expect(roles.map((role) => role.friendlyName)).toEqual([
    'service admin',
    'service user',
    'channel admin',
    'channel user',
  ]);
  const conversation = await service.conversations.create({ uniqueName: 'here' });
  await service.conversations('here').participants.create({ identity: 'hal' });
  await service.conversations('here').messages.create({ body: 'x' });
  // What is in one service is not in another.
  await expect(v1.conversations(conversation.sid).fetch()).rejects.toMatchObject(refusal(20404, 404));
  await expect(v1.users('hal').fetch()).rejects.toMatchObject(refusal(20404, 404));

  expect(await service.remove()).toBe(true);
  await expect(service.fetch()).rejects.toMatchObject(refusal(20404, 404));
  await expect(service.conversations('here').fetch()).rejects.toMatchObject(refusal(20404, 404));
  await expect(service.users.list()).rejects.toMatchObject(refusal(20404, 404));
  await expect(service.remove()).rejects.toMatchObject(refusal(20404, 404));
});

test('The configuration of a service says which roles it gives.', async () => {
  const { sid } = await server.api.v1.services.create({ friendlyName: 'Third' });
  const service = server.api.v1.services(sid);
  const configuration = await service.configuration().fetch();
  const nameOf = async (role: string) => (await service.roles(role).fetch()).friendlyName;
  expect(configuration.reachabilityEnabled).toBe(false);
  expect(await nameOf(configuration.defaultConversationCreatorRoleSid)).toBe('channel admin');
  expect(await nameOf(configuration.defaultConversationRoleSid)).toBe('channel user');
  expect(await nameOf(configuration.defaultChatServiceRoleSid)).toBe('service user');

  const guest = await service.roles.create({
    friendlyName: 'guest',
    type: 'conversation',
    permission: ['sendMessage'],
  });
  const updated = await service.configuration().update({ defaultConversationRoleSid: guest.sid });
  expect(updated).toMatchObject({
    defaultConversationRoleSid: guest.sid,
    defaultConversationCreatorRoleSid: configuration.defaultConversationCreatorRoleSid,
  });
  const conversation = await service.conversations.create();
  const participant = await service.conversations(conversation.sid).participants.create({ identity: 'ida' });
  expect(participant.roleSid).toBe(guest.sid);
  await expect(service.configuration().update({ defaultChatServiceRoleSid: guest.sid })).rejects.toMatchObject(
    refusal(50105),
  );
});

describe.each(scopeNames)('Roles of %s', (name) => {
  let scope: Scope;
  let url: string;
  beforeAll(async () => {
    ({ scope, url } = await openScope(server, name));
  });

  test('A role is created, fetched, updated and removed.', async () => {
    const created = await scope.roles.create({
      friendlyName: 'moderator',
      type: 'conversation',
      permission: ['sendMessage', 'deleteAnyMessage'],
    });
    expect(created).toMatchObject({
      friendlyName: 'moderator',
      type: 'conversation',
      permissions: ['sendMessage', 'deleteAnyMessage'],
      url: `${url}/Roles/${created.sid}`,
    });
    expect(await scope.roles(created.sid).fetch()).toMatchObject({ sid: created.sid });
    const updated = await scope.roles(created.sid).update({ permission: ['leaveConversation'] });
    expect(updated).toMatchObject({ friendlyName: 'moderator', permissions: ['leaveConversation'] });
    expect((await scope.roles.list()).map((role) => role.sid)).toContain(created.sid);
    expect(await scope.roles(created.sid).remove()).toBe(true);
    await expect(scope.roles(created.sid).fetch()).rejects.toMatchObject(refusal(20404, 404));
  });

  test('A role that somebody has, or that the service gives, stays.', async () => {
    const role = await scope.roles.create({ friendlyName: 'r', type: 'service', permission: ['joinConversation'] });
    await scope.users.create({ identity: 'jo', roleSid: role.sid });
    await expect(scope.roles(role.sid).remove()).rejects.toMatchObject(refusal(20409, 409));
    await scope.users('jo').remove();
    await scope.roles(role.sid).remove();
    const given = (await scope.roles.list()).find((one) => one.friendlyName === 'channel user');
    await expect(scope.roles(given?.sid ?? '').remove()).rejects.toMatchObject(refusal(20409, 409));
  });

  test('What is not allowed is refused with the code of the contract.', async () => {
    const good = { friendlyName: 'x', type: 'service' as const, permission: ['joinConversation'] };
    const create = (change: object) => expect(scope.roles.create({ ...good, ...change })).rejects;
    await create({ permission: ['fly'] }).toMatchObject(refusal(50104));
    await create({ permission: ['leaveConversation'] }).toMatchObject(refusal(50104));
    await create({ permission: [] }).toMatchObject(refusal(20001));
    await create({ type: 'deployment' }).toMatchObject(refusal(50105));
    await create({ friendlyName: '' }).toMatchObject(refusal(20002));
    await create({ friendlyName: 'x'.repeat(257) }).toMatchObject(refusal(50003));
  });
});

test('Every described operation on services, their configuration and roles was driven.', () => {
  const operations = [
    ...operationsOn(/^\/v1\/Services(\/\{Sid\})?$/),
    ...operationsOn(/^\/v1\/Services\/\{ChatServiceSid\}\/Configuration$/),
    ...operationsOn(below('/Roles(/{Sid})?')),
    'GET /v1/Configuration',
  ];
  expect(operations).toHaveLength(17);
  expect(server.api.driven).toEqual(expect.arrayContaining(operations));
});
