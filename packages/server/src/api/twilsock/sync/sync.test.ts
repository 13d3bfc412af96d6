import { afterAll, beforeAll, expect, test } from 'vitest';
import { createConversation, deleteConversation } from '../../../core/conversations/actions.ts';
import { removeMessage, sendMessage, updateMessage } from '../../../core/messages/actions.ts';
import { addParticipant, removeParticipant } from '../../../core/participants/actions.ts';
import { createRole } from '../../../core/roles/actions.ts';
import { createService } from '../../../core/services/actions.ts';
import { connectUser, updateUser } from '../../../core/users/actions.ts';
import { type OpenRealtime, openRealtime } from '../../../testing/open-realtime.ts';
import type { RawTwilsock } from '../../../testing/raw-twilsock.ts';

let at: OpenRealtime;
beforeAll(async () => {
  at = await openRealtime();
});
afterAll(() => at.discard());

let count = 0;
/** A room of new people, and the first of them connected. */
async function room(...others: string[]) {
  count += 1;
  const names = ['ann', ...others].map((name) => `${name}-${count}`) as [string, ...string[]];
  const conversation = await at.roomOf(...names);
  return { conversation, names, ann: await at.twilsock(names[0]) };
}

async function write(conversation: string, ...bodies: string[]): Promise<void> {
  for (const body of bodies) await at.core.run(sendMessage, at.account, { service: at.service, conversation, body });
}

async function open(client: RawTwilsock, type: 'Documents' | 'Lists' | 'Maps', name: string) {
  const { status, body } = await client.request('GET', `/v3/${type}/${name}`);
  expect(status).toBe(200);
  return body;
}

/** What the client was told of an object, in short. */
function told(client: RawTwilsock, sid: string): string[] {
  return client.messages.flatMap(({ event_type, events }) =>
    events
      .filter((event) => Object.values(event).includes(sid))
      .map((event) => `${event_type} ${event.item_index ?? event.item_key ?? ''}`.trim()),
  );
}

test('The configuration names two maps; one lists the conversations, the other says who one is.', async () => {
  const { ann, conversation, names } = await room();
  const { body } = await ann.request('GET', '/Client/v2/Configuration');
  expect(body.identity).toBe(names[0]);
  const mine = await open(ann, 'Maps', body.sync_objects.my_conversations);
  const items = await ann.request('GET', `${new URL(mine.links.items).pathname}?PageSize=50&Order=asc`);
  expect(items.body.items).toMatchObject([
    { key: conversation, data: { status: 'joined', channel: `${conversation}.channel` } },
  ]);
  const info = await open(ann, 'Maps', `${body.sync_objects.my_user_info}?Include=items`);
  expect(info.items.map((item: { key: string; data: object }) => [item.key, item.data])).toEqual([
    ['attributes', { value: '{}' }],
    ['friendlyName', { value: null }],
    ['reachability', { online: false, notifiable: false }],
  ]);
});

test('Messages are paged from an index in both directions, and tell exactly whether there are more.', async () => {
  const { ann, conversation } = await room();
  await write(conversation, ...'0123456789'.split(''));
  const { links } = await open(ann, 'Lists', `${conversation}.messages`);
  const page = async (query: string) => {
    const { status, body } = await ann.request('GET', `${new URL(links.items).pathname}?${query}`);
    expect(status).toBe(200);
    return [
      body.items.map((item: { index: number }) => item.index).join(''),
      body.meta.previous_token !== null,
      body.meta.next_token !== null,
    ];
  };
  expect(await page('Order=asc&PageSize=4')).toEqual(['0123', false, true]);
  expect(await page('Order=desc&PageSize=4')).toEqual(['9876', false, true]);
  expect(await page('Order=asc&PageSize=4&From=3')).toEqual(['3456', true, true]);
  expect(await page('Order=desc&PageSize=4&From=3')).toEqual(['3210', true, false]);
  expect(await page('Order=asc&PageSize=4&From=8')).toEqual(['89', true, false]);
  expect(await page('Order=desc&PageSize=4&From=50')).toEqual(['9876', false, true]);
  expect(await page('Order=asc&PageSize=4&From=50')).toEqual(['', true, false]);
  expect(await page('Index=7')).toEqual(['7', false, false]);
  expect(await page('Index=70')).toEqual(['', false, false]);
});

test('Clients before 3.0 send a page token alone: it leads there and back, in either order.', async () => {
  const { ann, conversation } = await room();
  await write(conversation, ...'0123456'.split(''));
  const items = `/v3/Lists/${conversation.replace('CH', 'ES')}/Items`;
  for (const [order, pages] of [
    ['asc', ['012', '345', '6']],
    ['desc', ['654', '321', '0']],
  ] as const) {
    let { body } = await ann.request('GET', `${items}?Order=${order}&PageSize=3`);
    const seen = () => body.items.map((item: { index: number }) => item.index).join('');
    const bodies = [seen()];
    while (body.meta.next_token) {
      ({ body } = await ann.request('GET', `${items}?PageToken=${body.meta.next_token}`));
      bodies.push(seen());
    }
    expect(bodies).toEqual(pages);
    const back = [];
    while (body.meta.previous_token) {
      ({ body } = await ann.request('GET', `${items}?PageToken=${body.meta.previous_token}`));
      back.unshift(seen());
    }
    expect(back).toEqual(pages.slice(0, -1));
  }
});

test('The roster is paged by key, in the order of the keys.', async () => {
  const { ann, conversation } = await room('ben', 'cid', 'dan');
  const items = `/v3/Maps/${conversation.replace('CH', 'MP')}/Items`;
  const keys = async (query: string) => {
    const { body } = await ann.request('GET', `${items}?${query}`);
    return body.items.map((item: { key: string }) => item.key);
  };
  const all = await keys('PageSize=50');
  expect(all).toHaveLength(4);
  expect(all).toEqual([...all].sort());
  expect(await keys(`PageSize=2&From=${all[1]}`)).toEqual([all[1], all[2]]);
  expect(await keys(`PageSize=2&Order=desc&From=${all[1]}`)).toEqual([all[1], all[0]]);
  expect(await keys(`Key=${all[2]}`)).toEqual([all[2]]);
  expect(await keys(`Key=${all[2].replace(/.$/, 'g')}`)).toEqual([]);
  const first = await ann.request('GET', `${items}?PageSize=3&Order=desc`);
  expect(await keys(`PageToken=${first.body.meta.next_token}`)).toEqual([all[0]]);
});

test('What one misses comes in order, then the confirmation, then what happens: each once.', async () => {
  const { ann, conversation } = await room();
  await write(conversation, 'known');
  const list = await open(ann, 'Lists', `${conversation}.messages`);
  await write(conversation, 'missed', 'edited');
  await at.core.run(updateMessage, at.account, { service: at.service, conversation, message: 0, body: 'changed' });
  await at.core.run(updateMessage, at.account, { service: at.service, conversation, message: 2, body: 'twice' });
  const [confirmed] = await ann.subscribe([list.sid, 'list', list.last_event_id]);
  await write(conversation, 'live');
  await ann.until(() => told(ann, list.sid).includes('list_item_added 3'));
  expect(told(ann, list.sid)).toEqual([
    'list_item_added 1',
    'list_item_added 2',
    'list_item_updated 0',
    'list_item_updated 2',
    'subscription_established',
    'list_item_added 3',
  ]);
  expect(confirmed).toMatchObject({ events: [{ replay_status: 'completed', last_event_id: list.last_event_id + 4 }] });
  const ids = ann.messages.flatMap(({ events }) => events.flatMap(({ id }) => id ?? []));
  expect(ids).toEqual([...ids].sort((a, b) => a - b));
});

test('What was written and removed while one was away is told as removed only, without its words.', async () => {
  const { ann, conversation } = await room();
  const list = await open(ann, 'Lists', `${conversation}.messages`);
  await write(conversation, 'a secret slip');
  await at.core.run(removeMessage, at.account, { service: at.service, conversation, message: 0 });
  await ann.subscribe([list.sid, 'list', list.last_event_id]);
  expect(told(ann, list.sid)).toEqual(['list_item_removed 0', 'subscription_established']);
  expect(JSON.stringify(ann.messages)).not.toContain('slip');
});

test('Of what was before one came in nothing is told, whatever one says that one knows.', async () => {
  const { conversation } = await room();
  await write(conversation, 'before');
  await at.core.run(updateMessage, at.account, { service: at.service, conversation, message: 0, body: 'after' });
  count += 1;
  await at.core.run(addParticipant, at.account, { service: at.service, conversation, identity: `late-${count}` });
  const late = await at.twilsock(`late-${count}`);
  const sid = conversation.replace('CH', 'ES');
  await late.subscribe([sid, 'list', 0]);
  expect(told(late, sid)).toEqual(['subscription_established']);
});

test('A long absence comes in pieces: the client asks for the rest with what it has by then.', async () => {
  const { ann, conversation } = await room();
  const list = await open(ann, 'Lists', `${conversation}.messages`);
  const all = Array.from({ length: 2300 }, (_, n) => `${n}`);
  await Promise.all(all.map((body) => write(conversation, body)));
  const [first] = await ann.subscribe([list.sid, 'list', list.last_event_id]);
  const [event] = first?.events ?? [];
  expect(event).toMatchObject({ replay_status: 'interrupted', last_event_id: list.last_event_id + 2000 });
  // What happens in between is not told before the rest is.
  await write(conversation, 'in between');
  const [second] = await ann.subscribe([list.sid, 'list', event.last_event_id]);
  expect(second).toMatchObject({ events: [{ replay_status: 'completed' }] });
  const indexes = told(ann, list.sid).filter((text) => text.startsWith('list_item_added'));
  expect(indexes).toEqual(Array.from({ length: 2301 }, (_, n) => `list_item_added ${n}`));
});

test('A message moves the document of its conversation, once for messages that come close together.', async () => {
  const { ann, conversation } = await room();
  const document = await open(ann, 'Documents', `${conversation}.channel`);
  expect(document.data.lastMessage).toBe(null);
  await ann.subscribe([document.sid, 'document', document.last_event_id]);
  await Promise.all([1, 2, 3, 4, 5].map((n) => write(conversation, `${n}`)));
  const data = () =>
    ann.messages.filter(({ event_type }) => event_type === 'document_updated').flatMap((one) => one.events);
  await ann.until(() => data().some(({ document_data }) => document_data.lastMessage?.index === 4));
  expect(data().length).toBeLessThanOrEqual(5);
  expect(data().at(-1).document_data).toMatchObject({ friendlyName: null, messages: `${conversation}.messages` });
});

test('Who is taken out hears of it in his own list, and of the conversation nothing more.', async () => {
  const { ann, conversation, names } = await room('ben');
  const { body } = await ann.request('GET', '/Client/v2/Configuration');
  const mine = await open(ann, 'Maps', body.sync_objects.my_conversations);
  const [list, roster] = [conversation.replace('CH', 'ES'), conversation.replace('CH', 'MP')];
  await ann.subscribe([mine.sid, 'map', mine.last_event_id], [list, 'list', null], [roster, 'map', null]);
  const input = { service: at.service, conversation, participant: names[0] };
  await at.core.run(removeParticipant, at.account, input);
  await write(conversation, 'behind her back');
  await ann.until(() => told(ann, mine.sid).includes(`map_item_removed ${conversation}`));
  await ann.request('GET', '/Client/v2/Configuration');
  expect(told(ann, list)).toEqual(['subscription_established']);
  const [refused] = await ann.subscribe([list, 'list', 1]);
  expect(refused).toMatchObject({
    event_type: 'subscription_failed',
    events: [{ object_sid: list, error: { status: 404 } }],
  });
});

test('Of a conversation that is removed the own list tells first, then its objects.', async () => {
  const { ann, conversation } = await room();
  const { body } = await ann.request('GET', '/Client/v2/Configuration');
  const mine = await open(ann, 'Maps', body.sync_objects.my_conversations);
  const of = (prefix: string) => conversation.replace('CH', prefix);
  await ann.subscribe(
    [mine.sid, 'map', mine.last_event_id],
    [of('ET'), 'document', null],
    [of('ES'), 'list', null],
    [of('MP'), 'map', null],
  );
  await at.core.run(deleteConversation, at.account, { service: at.service, conversation });
  const types = () => ann.messages.map(({ event_type }) => event_type).filter((type) => type.endsWith('removed'));
  await ann.until(() => types().length === 4);
  expect(types()).toEqual(['map_item_removed', 'document_removed', 'list_removed', 'map_removed']);
});

test('A cancelled subscription is told nothing more.', async () => {
  const { ann, conversation } = await room();
  const list = conversation.replace('CH', 'ES');
  await ann.subscribe([list, 'list', null]);
  await ann.request('POST', '/v4/Subscriptions', {
    action: 'cancel',
    correlation_id: 77,
    requests: [{ object_sid: list, object_type: 'list' }],
  });
  await write(conversation, 'unheard');
  await ann.request('GET', '/Client/v2/Configuration');
  expect(told(ann, list)).toEqual(['subscription_established', 'subscription_canceled']);
});

test("Nobody sees another's list of conversations, a conversation he is not in, or users of other services.", async () => {
  const { ann, conversation, names } = await room('ben');
  const ben = (await at.user(names[1] as string)).user;
  const other = await at.core.run(createService, at.account, { friendlyName: 'other' });
  const foreigner = await at.core.run(connectUser, at.account, { service: other.sid, identity: 'far' });
  const stranger = await at.twilsock(`stranger-${count}`);
  const hidden: [RawTwilsock, string, string, string][] = [
    [ann, 'Maps', ben.replace('US', 'MC'), 'map'],
    [ann, 'Maps', foreigner.sid.replace('US', 'MU'), 'map'],
    [stranger, 'Documents', conversation.replace('CH', 'ET'), 'document'],
    [stranger, 'Lists', conversation.replace('CH', 'ES'), 'list'],
    [stranger, 'Maps', conversation.replace('CH', 'MP'), 'map'],
    [ann, 'Lists', `ES${'0'.repeat(32)}`, 'list'],
    [ann, 'Lists', conversation.replace('CH', 'ET'), 'list'],
  ];
  for (const [client, collection, sid, type] of hidden) {
    expect(await client.request('GET', `/v3/${collection}/${sid}`)).toMatchObject({
      status: 404,
      body: { code: 54100 },
    });
    expect((await client.request('GET', `/v3/${collection}/${sid}/Items`)).status).toBe(404);
    expect(await client.subscribe([sid, type, 0])).toMatchObject([{ event_type: 'subscription_failed' }]);
  }
  await write(conversation, 'within');
  await at.core.run(updateMessage, at.account, { service: at.service, conversation, message: 0, body: 'still' });
  await stranger.request('GET', '/Client/v2/Configuration');
  expect(JSON.stringify(stranger.messages)).not.toMatch(/within|still/);
});

test("One's own list is of one's own service only, also for who is called the same in another one.", async () => {
  const { ann, names } = await room();
  const other = await at.core.run(createService, at.account, { friendlyName: 'other' });
  const { sid } = await at.core.run(createConversation, at.account, { service: other.sid });
  await at.core.run(addParticipant, at.account, { service: other.sid, conversation: sid, identity: names[0] });
  const { body } = await ann.request('GET', '/Client/v2/Configuration');
  const { links } = await open(ann, 'Maps', body.sync_objects.my_conversations);
  const { body: items } = await ann.request('GET', `${new URL(links.items).pathname}?Key=${sid}`);
  expect(items.items).toEqual([]);
});

test('Who sees a conversation by his role alone is told nothing more when he has that role no longer.', async () => {
  const { conversation } = await room();
  const { service } = at;
  const { sid: role } = await at.core.run(createRole, at.account, {
    service,
    friendlyName: `moderators-${count}`,
    type: 'service',
    permissions: ['deleteAnyMessage'],
  });
  const { user } = await at.user(`mod-${count}`);
  const { role_sid: before } = await at.core.run(updateUser, at.account, { service, user, role });
  const plain = (
    await at.core.db.sql.selectFrom('services').selectAll().where('sid', '=', service).executeTakeFirstOrThrow()
  ).default_chat_service_role_sid;
  expect(before).toBe(role);
  const mod = await at.twilsock(`mod-${count}`);
  const list = conversation.replace('CH', 'ES');
  await mod.subscribe([list, 'list', null]);
  await write(conversation, 'seen');
  await mod.until(() => JSON.stringify(mod.messages).includes('seen'));
  await at.core.run(updateUser, at.account, { service, user, role: plain });
  // Whether he still sees it has been looked up by then.
  await mod.request('GET', '/Client/v2/Configuration');
  await write(conversation, 'hidden');
  await mod.request('GET', '/Client/v2/Configuration');
  expect(JSON.stringify(mod.messages)).not.toContain('hidden');
});

test('Who made a conversation is told whom he added before he joined, and that he did.', async () => {
  count += 1;
  const identity = `ann-${count}`;
  const ann = await at.twilsock(identity);
  const { body } = await ann.request('POST', '/v2/Conversations', {});
  const roster = await open(ann, 'Maps', body.sync_objects.participants);
  for (const one of [`dora-${count}`, identity]) {
    await ann.request('POST', `/v2/Conversations/${body.sid}/Participants`, { identity: one });
  }
  await ann.subscribe([roster.sid, 'map', roster.last_event_id]);
  const added = ann.messages
    .filter(({ event_type }) => event_type === 'map_item_added')
    .flatMap(({ events }) => events);
  expect(added.map(({ item_data }) => item_data.identity)).toEqual([`dora-${count}`, identity]);
});

test('Who comes back into a conversation goes on hearing of it.', async () => {
  const { ann, conversation, names } = await room();
  const there = { service: at.service, conversation };
  const list = conversation.replace('CH', 'ES');
  await ann.subscribe([list, 'list', null]);
  await at.core.run(removeParticipant, at.account, { ...there, participant: names[0] });
  await at.core.run(addParticipant, at.account, { ...there, identity: names[0] });
  await ann.subscribe([list, 'list', null]);
  await write(conversation, 'welcome back');
  await ann.until(() => JSON.stringify(ann.messages).includes('welcome back'));
});

test('A flood of subscriptions is worked off one by one, and nothing is done for who is gone.', async () => {
  const { ann, conversation } = await room();
  await write(conversation, ...Array.from({ length: 60 }, () => 'x'.repeat(5000)));
  const sid = conversation.replace('CH', 'ES');
  let read = 0;
  const all = at.core.db.all.bind(at.core.db);
  at.core.db.all = ((...args: Parameters<typeof all>) => {
    read += 1;
    return all(...args);
  }) as typeof all;
  for (let n = 0; n < 400; n += 1) {
    void ann.request('POST', '/v4/Subscriptions', {
      action: 'establish',
      correlation_id: n,
      requests: [{ object_sid: sid, object_type: 'list', last_event_id: 0 }],
    });
  }
  ann.pause();
  const ben = await at.twilsock(`ben-${count}`);
  await ben.request('GET', '/Client/v2/Configuration');
  ann.cut();
  const before = read;
  for (let n = 0; n < 20; n += 1) await ben.request('GET', '/Client/v2/Configuration');
  at.core.db.all = all;
  expect(read).toBeLessThan(300);
  expect(read - before).toBeLessThan(100);
});

test('Who is taken out while he subscribes hears first that he is out, and then that the rest is not there.', async () => {
  const { ann, conversation, names } = await room();
  const { body } = await ann.request('GET', '/Client/v2/Configuration');
  const mine = await open(ann, 'Maps', body.sync_objects.my_conversations);
  const { db } = at.core;
  const first = db.first.bind(db);
  db.first = (async (...args: Parameters<typeof first>) => {
    if (!JSON.stringify(args[1]).includes(conversation)) return first(...args);
    db.first = first;
    await at.core.run(removeParticipant, at.account, { service: at.service, conversation, participant: names[0] });
    return first(...args);
  }) as typeof first;
  await ann.subscribe([mine.sid, 'map', mine.last_event_id], [conversation.replace('CH', 'ET'), 'document', 1]);
  expect(ann.messages.map(({ event_type }) => event_type)).toEqual([
    'subscription_established',
    'map_item_removed',
    'subscription_failed',
  ]);
});
