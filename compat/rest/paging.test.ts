import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Scope } from './api-client.ts';
import { type RunningServer, runServer } from './running-server.ts';
import { openScope, scopeNames } from './scopes.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

const count = 7;

describe.each(scopeNames)('Pages of lists of %s', (name) => {
  let scope: Scope;
  let url: string;
  let conversation: ReturnType<Scope['conversations']>;
  let sid: string;
  beforeAll(async () => {
    ({ scope, url } = await openScope(server, name));
    ({ sid } = await scope.conversations.create({ uniqueName: 'long' }));
    conversation = scope.conversations('long');
    for (let n = 0; n < count; n += 1) await conversation.messages.create({ body: `${n}` });
  });

  const bodies = (messages: { body: string }[]) => messages.map((message) => message.body).join('');
  const asked = () => server.api.last.url.searchParams;

  test('list() follows the pages to the end, or to a limit.', async () => {
    expect(bodies(await conversation.messages.list({ pageSize: 3 }))).toBe('0123456');
    expect(bodies(await conversation.messages.list({ pageSize: 7 }))).toBe('0123456');
    expect(bodies(await conversation.messages.list({ pageSize: 2, limit: 5 }))).toBe('01234');
    expect(bodies(await conversation.messages.list({ pageSize: 2, order: 'desc' }))).toBe('6543210');
  });

  test('A limit above the largest page is cut down, not refused.', async () => {
    expect(await conversation.messages.list({ limit: 1000 })).toHaveLength(count);
    expect(server.api.last.body.meta.page_size).toBe(100);
    await scope.roles.list({ limit: 1000 });
    expect(server.api.last.body.meta.page_size).toBe(50);
  });

  test('each() hands out every item and then is done.', async () => {
    const seen: string[] = [];
    await new Promise<void>((resolve, reject) => {
      conversation.messages.each({
        pageSize: 2,
        callback: (message) => seen.push(message.body),
        done: (error?: Error) => (error ? reject(error) : resolve()),
      });
    });
    expect(seen.join('')).toBe('0123456');
  });

  test('page() goes forth and back, and getPage() to any URL that was given.', async () => {
    const first = await conversation.messages.page({ pageSize: 3 });
    expect(bodies(first.instances)).toBe('012');
    const { meta } = server.api.last.body;
    const list = `${url}/Conversations/${sid}/Messages`;
    expect(meta).toEqual({
      page: 0,
      page_size: 3,
      first_page_url: `${list}?PageSize=3&Page=0`,
      previous_page_url: null,
      url: `${list}?PageSize=3&Page=0`,
      next_page_url: expect.stringContaining(`${list}?PageSize=3&Page=1&PageToken=`),
      key: 'messages',
    });
    const second = await first.nextPage();
    expect(bodies(second?.instances ?? [])).toBe('345');
    expect(server.api.last.body.meta).toMatchObject({ page: 1, url: meta.next_page_url });
    const third = await second?.nextPage();
    expect(bodies(third?.instances ?? [])).toBe('6');
    expect(server.api.last.body.meta.next_page_url).toBeNull();
    const back = await third?.previousPage();
    expect(bodies(back?.instances ?? [])).toBe('345');
    const start = await back?.previousPage();
    expect(bodies(start?.instances ?? [])).toBe('012');
    expect(server.api.last.body.meta).toMatchObject({ page: 0, previous_page_url: null });
    expect(bodies((await conversation.messages.getPage(meta.next_page_url)).instances)).toBe('345');
  });

  test('Rows that come or go while a client pages are neither repeated nor make others vanish.', async () => {
    const { sid: other } = await scope.conversations.create({});
    const { participants } = scope.conversations(other);
    for (const identity of ['a', 'b', 'c', 'd']) await participants.create({ identity });
    const first = await participants.page({ pageSize: 2 });
    await scope.conversations(other).participants('b').remove();
    await participants.create({ identity: 'e' });
    const second = await first.nextPage();
    expect(second?.instances.map((participant) => participant.identity)).toEqual(['c', 'd']);
    const third = await second?.nextPage();
    expect(third?.instances.map((participant) => participant.identity)).toEqual(['e']);
  });

  test('Filters stay in the URLs, before what says which page.', async () => {
    const created = new Date('2005-06-07T08:09:10Z');
    for (const _ of [1, 2, 3]) await scope.conversations.create({ dateCreated: created });
    const filter = { startDate: '2005-06-07T00:00:00+00:00', endDate: '2005-06-07', state: 'active' as const };
    expect(await scope.conversations.list({ ...filter, pageSize: 2 })).toHaveLength(3);
    expect([...asked().keys()]).toEqual(['StartDate', 'EndDate', 'State', 'PageSize', 'Page', 'PageToken']);
    expect(asked().get('StartDate')).toBe('2005-06-07T00:00:00+00:00');
  });

  test('Every list can be paged.', async () => {
    for (const n of [1, 2, 3]) {
      await scope.conversations.create({});
      await scope.users.create({ identity: `user ${n}` });
      await scope.conversations((await scope.conversations.create({})).sid).participants.create({ identity: 'kim' });
      await server.api.v1.services.create({ friendlyName: `service ${n}` });
    }
    const lists: Record<string, (options: object) => Promise<object[]>> = {
      services: (options) => server.api.v1.services.list(options),
      conversations: (options) => scope.conversations.list(options),
      users: (options) => scope.users.list(options),
      roles: (options) => scope.roles.list(options),
      userConversations: (options) => scope.users('kim').userConversations.list(options),
      participantConversations: (options) => scope.participantConversations.list({ identity: 'kim', ...options }),
    };
    for (const [key, list] of Object.entries(lists)) {
      const whole = await list({});
      const paged = await list({ pageSize: 1 });
      expect(whole.length, key).toBeGreaterThanOrEqual(3);
      expect(JSON.stringify(paged), key).toBe(JSON.stringify(whole));
    }
  });
});
