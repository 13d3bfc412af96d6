import { afterAll, beforeAll, expect, test } from 'vitest';
import { authorization, type OpenRest, openRest } from '../../testing/open-rest.ts';
import { plantDevice, plantWorld, type World } from '../../testing/world.ts';
import { type DescribedOperation, operations } from '../openapi/operations.ts';

let at: OpenRest;
const worlds: Record<'default' | 'named', World> = { default: {}, named: {} };
beforeAll(async () => {
  at = await openRest({ sandbox: ['+12025550100'], publicUrl: null });
  for (const kind of ['default', 'named'] as const) {
    worlds[kind] = await plantWorld(at, kind === 'default', { proxy: '+12025550100' });
  }
});
afterAll(() => at.discard());

let count = 0;

/** Adds a row to a list: by the end of its path. */
const adds: Record<string, (base: string, world: World) => Promise<unknown>> = {
  '/Conversations': (base) => at.post(`${base}/Conversations`, {}),
  '/Participants': (base, { Conversations }) =>
    at.post(`${base}/Conversations/${Conversations}/Participants`, { Identity: `new ${count}` }),
  '/Messages': (base, { Conversations }) => at.post(`${base}/Conversations/${Conversations}/Messages`, { Body: 'x' }),
  '/Conversations/{ConversationSid}/Webhooks': (base, { Conversations }) =>
    at.post(`${base}/Conversations/${Conversations}/Webhooks`, {
      Target: 'studio',
      'Configuration.FlowSid': `FW${'0'.repeat(32)}`,
    }),
  // Those of a message are made together with it.
  '/Receipts': async () => {},
  '/Users': (base) => at.post(`${base}/Users`, { Identity: `user ${count}` }),
  '/Users/{UserSid}/Conversations': join,
  '/ParticipantConversations': join,
  '/Roles': (base) =>
    at.post(`${base}/Roles`, { FriendlyName: `role ${count}`, Type: 'service', Permission: 'joinConversation' }),
  '/Services': () => at.post('/v1/Services', { FriendlyName: `service ${count}` }),
  '/Credentials': () => at.post('/v1/Credentials', { Type: 'gcm', ApiKey: 'x' }),
  '/Addresses': () =>
    at.post('/v1/Configuration/Addresses', { Type: 'sms', Address: `+1202556${String(1000 + count)}` }),
  '/Bindings': (_base, { Services = '', Credentials = '' }) => plantDevice(at, Services, `${count}`, Credentials),
  '/Content': () =>
    at.server.inject({
      method: 'POST',
      url: '/v1/Content',
      headers: { authorization: authorization.byAccount },
      payload: { language: 'en', types: { 'twilio/text': { body: 'x' } } },
    }),
};

async function join(base: string, { name = '' }: World): Promise<void> {
  const { sid } = await at.post(`${base}/Conversations`, {});
  await at.post(`${base}/Conversations/${sid}/Participants`, { Identity: name });
}

function addFor(path: string): (base: string, world: World) => Promise<unknown> {
  // The longest end is the most exact one.
  const [end = ''] = Object.keys(adds)
    .filter((one) => path.endsWith(one))
    .sort((a, b) => b.length - a.length);
  return adds[end] ?? (() => Promise.reject(new Error(`Nothing is known to add to ${path}.`)));
}

const lists = operations.filter(({ answers }) => answers[0]?.listKey !== undefined);

test.each(lists.map((operation) => [operation.path, operation] as const))(
  'Who pages through %s while rows come in sees each that was there once, and none twice.',
  async (_path, operation) => {
    const { path } = operation;
    const isNamed = path.startsWith('/v1/Services/{');
    const world = isNamed ? worlds.named : worlds.default;
    const base = isNamed ? `/v1/Services/${world['Services']}` : '/v1';
    const add = addFor(path);
    const isShort = path.endsWith('}/Webhooks');
    for (let n = 0; n < (isShort ? 2 : 4); n += 1) {
      count += 1;
      await add(base, world);
    }
    const filter = path.endsWith('/ParticipantConversations')
      ? `&Identity=${encodeURIComponent(world['name'] ?? '')}`
      : '';
    const first = `${fill(operation, world)}?PageSize=100${filter}`;
    const there = (await rowsOf(first, operation)).rows;

    const seen: string[] = [];
    let next: string | null = `${fill(operation, world)}?PageSize=1${filter}`;
    for (let pages = 0; next !== null; pages += 1) {
      expect(pages, 'pages').toBeLessThan(100);
      const page = await rowsOf(next, operation);
      seen.push(...page.rows);
      next = page.next;
      // At most five of these are allowed.
      if (pages < (isShort ? 1 : 3)) {
        count += 1;
        await add(base, world);
      }
    }
    expect(seen).toEqual([...new Set(seen)]);
    expect(seen.filter((row) => there.includes(row))).toEqual(there);
    expect(there.length).toBeGreaterThanOrEqual(path.endsWith('/Receipts') ? 1 : 3);

    // Backwards it is the same.
    const back: string[] = [];
    let before: string | null = (await lastOf(`${fill(operation, world)}?PageSize=1${filter}`)) ?? null;
    while (before !== null) {
      const page = await rowsOf(before, operation);
      back.unshift(...page.rows);
      before = page.previous;
    }
    expect(back.filter((row) => there.includes(row))).toEqual(there);
  },
);

function fill({ path, parameters }: DescribedOperation, world: World): string {
  const collections = new Map(parameters.map(({ name, collection }) => [name, collection]));
  return path.replace(/\{(\w+)\}/g, (_hole, name: string) =>
    encodeURIComponent(world[collections.get(name) ?? ''] ?? ''),
  );
}

/** Rows by what does not change about them. */
async function rowsOf(url: string, { answers }: DescribedOperation) {
  const body = await at.get(url);
  const rows = body[answers[0]?.listKey ?? ''] as Record<string, string>[];
  return {
    rows: rows.map(({ sid, conversation_sid, participant_sid }) => sid ?? `${conversation_sid} ${participant_sid}`),
    next: pathOf(body.meta.next_page_url),
    previous: pathOf(body.meta.previous_page_url),
  };
}

async function lastOf(url: string): Promise<string | undefined> {
  let last: string | null = url;
  for (;;) {
    const { meta } = await at.get(last);
    if (meta.next_page_url === null) return pathOf(meta.url) ?? undefined;
    last = pathOf(meta.next_page_url) ?? url;
  }
}

function pathOf(url: string | null): string | null {
  return url === null ? null : url.replace(/^https?:\/\/[^/]+/, '');
}
