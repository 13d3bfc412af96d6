import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Scope } from './api-client.ts';
import { operationsOn } from './description.ts';
import { type RunningServer, runServer } from './running-server.ts';
import { below, openScope, refusal, scopeNames } from './scopes.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

describe.each(scopeNames)('Conversations of %s', (name) => {
  let scope: Scope;
  let url: string;
  beforeAll(async () => {
    ({ scope, url } = await openScope(server, name));
  });

  test('A conversation is created, fetched, updated and removed.', async () => {
    const created = await scope.conversations.create({ friendlyName: 'Support', attributes: '{ "a": 1 }' });
    expect(created).toMatchObject({
      friendlyName: 'Support',
      uniqueName: null,
      attributes: '{ "a": 1 }',
      state: 'active',
      timers: {},
      bindings: {},
    });
    expect(server.api.last.status).toBe(201);
    expect(created.url).toBe(`${url}/Conversations/${created.sid}`);
    expect(await scope.conversations(created.sid).fetch()).toMatchObject({ sid: created.sid, url: created.url });

    const updated = await scope.conversations(created.sid).update({ friendlyName: 'Sales', uniqueName: 'sales' });
    expect(updated).toMatchObject({ sid: created.sid, friendlyName: 'Sales', uniqueName: 'sales' });
    expect(await scope.conversations('sales').remove()).toBe(true);
    expect(server.api.last.status).toBe(204);
    await expect(scope.conversations(created.sid).fetch()).rejects.toMatchObject(refusal(20404, 404));
  });

  test.each(['plain', 'with space', 'ünïcode 漢字', 'a+b@c:d;e=f&g', "!*'(),$"])(
    'A unique name stands for the SID: %s',
    async (uniqueName) => {
      const created = await scope.conversations.create({ uniqueName });
      const fetched = await scope.conversations(uniqueName).fetch();
      expect(fetched).toMatchObject({ sid: created.sid, uniqueName });
      expect(fetched.url).toBe(created.url);
      await expect(scope.conversations.create({ uniqueName })).rejects.toMatchObject(refusal(50353, 409));
    },
  );

  test('Everything that can be given comes back.', async () => {
    const dateCreated = new Date('2020-02-29T12:34:56.789Z');
    const dateUpdated = new Date('2021-01-01T00:00:00Z');
    const created = await scope.conversations.create({
      friendlyName: 'All',
      uniqueName: 'everything',
      attributes: '[1,2]',
      state: 'inactive',
      'timers.inactive': 'PT1H',
      'timers.closed': 'PT10H',
      'bindings.email.address': 'support@example.com',
      'bindings.email.name': 'Support',
      messagingServiceSid: `MG${'0'.repeat(32)}`,
      dateCreated,
      dateUpdated,
      xTwilioWebhookEnabled: 'true',
    });
    expect(created).toMatchObject({
      friendlyName: 'All',
      uniqueName: 'everything',
      attributes: '[1,2]',
      state: 'inactive',
      bindings: { email: { projected_address: 'support@example.com', name: 'Support' } },
      messagingServiceSid: `MG${'0'.repeat(32)}`,
      dateCreated: new Date('2020-02-29T12:34:56Z'),
      dateUpdated,
    });
    expect(Object.keys(created.timers)).toEqual(['date_closed']);
    const active = await scope.conversations(created.sid).update({ state: 'active' });
    expect(Object.keys(active.timers)).toEqual(['date_inactive', 'date_closed']);
  });

  test('A closed conversation can be read and removed, not changed.', async () => {
    const { sid } = await scope.conversations.create({});
    expect(await scope.conversations(sid).update({ state: 'closed' })).toMatchObject({ state: 'closed', timers: {} });
    await expect(scope.conversations(sid).update({ friendlyName: 'x' })).rejects.toMatchObject(refusal(50377));
    await scope.conversations(sid).fetch();
    await scope.conversations(sid).remove();
  });

  test('A list is narrowed by date and by state.', async () => {
    const { sid } = await scope.conversations.create({ dateCreated: new Date('2001-05-05T10:00:00Z') });
    await scope.conversations(sid).update({ state: 'closed' });
    const found = async (filter: object) => (await scope.conversations.list(filter)).map((one) => one.sid);
    expect(await found({ startDate: '2001-05-05', endDate: '2001-05-05' })).toEqual([sid]);
    expect(await found({ startDate: '2001-05-05T10:00:00Z', endDate: '2001-05-05T10:00:00Z' })).toEqual([sid]);
    expect(await found({ endDate: '2001-05-04' })).toEqual([]);
    expect(await found({ state: 'closed' })).toContain(sid);
    expect(await found({ state: 'active' })).not.toContain(sid);
  });

  test('What is not allowed is refused with the code of the contract.', async () => {
    await expect(scope.conversations.create({ attributes: '{' })).rejects.toMatchObject(refusal(50304));
    await expect(scope.conversations.create({ state: 'closed' })).rejects.toMatchObject(refusal(50384));
    await expect(scope.conversations.create({ 'timers.inactive': 'PT1S' })).rejects.toMatchObject(refusal(50375));
    await expect(scope.conversations.create({ uniqueName: `CH${'0'.repeat(32)}` })).rejects.toMatchObject(
      refusal(50390),
    );
    await expect(scope.conversations('nobody').fetch()).rejects.toMatchObject(refusal(20404, 404));
    const { sid } = await scope.conversations.create({});
    await expect(scope.conversations(sid).update()).rejects.toMatchObject(refusal(50347));
  });
});

test('Every described operation on conversations was driven.', () => {
  expect(server.api.driven).toEqual(expect.arrayContaining(operationsOn(below('/Conversations(/{Sid})?'))));
});
