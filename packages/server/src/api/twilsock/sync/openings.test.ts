import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deleteConversation } from '../../../core/conversations/actions.ts';
import { addParticipant, removeParticipant } from '../../../core/participants/actions.ts';
import { type OpenRealtime, openRealtime } from '../../../testing/open-realtime.ts';
import type { RawTwilsock } from '../../../testing/raw-twilsock.ts';

let at: OpenRealtime;
beforeAll(async () => {
  at = await openRealtime();
});
afterAll(() => at.discard());

/** What a client opens of a conversation that it is shown, in this order. It has opened it when it asks for the last. */
const steps = [
  (room: string) => `/v3/Documents/${room}.channel`,
  (room: string) => `/v3/Lists/${room}.messages`,
  (room: string) => `/v3/Maps/${room}.roster`,
  (room: string) => `/v3/Maps/${room}.roster/Items?HideExpired=true&PageSize=50&Order=asc`,
];

async function step(client: RawTwilsock, room: string, which: number): Promise<void> {
  expect((await client.get((steps[which] as (typeof steps)[0])(room))).status).toBe(200);
}

async function open(client: RawTwilsock, room: string): Promise<void> {
  for (const which of steps.keys()) await step(client, room, which);
}

const bring = (conversation: string, identity: string) =>
  at.core.run(addParticipant, at.account, { service: at.service, conversation, identity });
const take = (conversation: string, participant: string) =>
  at.core.run(removeParticipant, at.account, { service: at.service, conversation, participant });
const remove = (conversation: string) =>
  at.core.run(deleteConversation, at.account, { service: at.service, conversation });

let count = 0;
/** Somebody new, who follows her list of conversations. */
async function ann() {
  count += 1;
  const identity = `ann-${count}`;
  const { user } = await at.user(identity);
  const client = await at.twilsock(identity);
  const mine = user.replace('US', 'MC');
  await client.subscribe([mine, 'map', 0]);
  return { identity, client, mine };
}

/** What the client was told, after everything that was on its way has come. */
async function told(client: RawTwilsock, ...rooms: string[]): Promise<string[]> {
  await client.get('/Client/v2/Configuration');
  const short = ({ event_type, events }: (typeof client.messages)[0]) =>
    events.map(({ item_key }) => `${event_type} ${item_key ? rooms.indexOf(item_key) : ''}`.trim());
  return client.messages.flatMap(short).filter((line) => !line.startsWith('subscription_established'));
}

test('That one is out of a conversation is told when the client has opened it, and not before what it has to do for that.', async () => {
  const { client, identity } = await ann();
  const [room, next] = [await at.roomOf(identity), await at.roomOf()];
  await take(room, identity);
  await bring(next, identity);
  for (const which of steps.keys()) {
    expect(await told(client, room, next)).toEqual(['map_item_added 0']);
    await step(client, room, which);
  }
  expect(await told(client, room, next)).toEqual(['map_item_added 0', 'map_item_removed 0', 'map_item_added 1']);
  await open(client, next);
  await take(next, identity);
  expect((await told(client, room, next)).at(-1)).toBe('map_item_removed 1');
});

test.each(['/v2/MyConversations', 'items'])('So it is for what it has read in a list (%s).', async (list) => {
  const { client, identity, mine } = await ann();
  const room = await at.roomOf(identity);
  const again = await at.twilsock(identity);
  const { last_event_id } = (await again.get(`/v3/Maps/${mine}`)).body;
  await again.get(list === 'items' ? `/v3/Maps/${mine}/Items?PageSize=50&Order=asc` : list);
  await take(room, identity);
  const [established] = await again.subscribe([mine, 'map', last_event_id]);
  expect(established?.events).toMatchObject([{ replay_status: 'completed', last_event_id }]);
  expect(await told(again, room)).toEqual([]);
  await open(again, room);
  expect(await told(again, room)).toEqual(['map_item_removed 0']);
  client.cut();
});

test('A client that comes back with what it has open is told at once.', async () => {
  const { client, identity, mine } = await ann();
  const room = await at.roomOf(identity);
  await open(client, room);
  client.cut();
  const again = await at.twilsock(identity);
  await again.get(`/v3/Maps/${mine}/Items?PageSize=50&Order=asc`);
  await again.subscribe([mine, 'map', 1], [room.replace('CH', 'MP'), 'map', 0]);
  await take(room, identity);
  expect((await told(again, room)).at(-1)).toBe('map_item_removed 0');
});

test('What a client asks for still of what it has closed does not open it anew.', async () => {
  const { client, identity } = await ann();
  const room = await at.roomOf(identity);
  await open(client, room);
  await take(room, identity);
  await bring(room, identity);
  await client.subscribe([room.replace('CH', 'MP'), 'map', 0]);
  await step(client, room, 3);
  await take(room, identity);
  const before = ['map_item_added 0', 'map_item_removed 0', 'map_item_added 0'];
  const map = (lines: string[]) => lines.filter((line) => line.endsWith(' 0'));
  expect(map(await told(client, room))).toEqual(before);
  await open(client, room);
  expect(map(await told(client, room))).toEqual([...before, 'map_item_removed 0']);
});

test('What it does not open within a minute it has given up: it is told.', async () => {
  const { client, identity } = await ann();
  const room = await at.roomOf(identity);
  await step(client, room, 0);
  await take(room, identity);
  for (let n = 0; n < 3; n += 1) {
    at.clock.advance(19_000);
    expect(await told(client, room)).toEqual(['map_item_added 0']);
  }
  at.clock.advance(4000);
  expect(await told(client, room)).toEqual(['map_item_added 0', 'map_item_removed 0']);
});

test('In and out again while it opens it is out.', async () => {
  const { client, identity } = await ann();
  const room = await at.roomOf(identity);
  for (let n = 0; n < 3; n += 1) {
    await take(room, identity);
    await bring(room, identity);
  }
  await take(room, identity);
  await open(client, room);
  expect(new Set((await told(client, room)).slice(1))).toEqual(new Set(['map_item_removed 0']));
});

test('Of a conversation that was removed its objects say nothing before that is told.', async () => {
  const { client, identity } = await ann();
  const room = await at.roomOf(identity);
  const [document, list] = [room.replace('CH', 'ET'), room.replace('CH', 'ES')];
  await step(client, room, 0);
  await client.subscribe([document, 'document', null]);
  await remove(room);
  await step(client, room, 1);
  const subscribe = (correlation_id: number) => {
    const requests = [{ object_sid: list, object_type: 'list', last_event_id: 0 }];
    return client.request('POST', '/v4/Subscriptions', { action: 'establish', correlation_id, requests });
  };
  await subscribe(10);
  expect(await told(client, room)).toEqual(['map_item_added 0']);
  await step(client, room, 2);
  await step(client, room, 3);
  await subscribe(11);
  expect(await told(client, room)).toEqual(['map_item_added 0', 'map_item_removed 0', 'subscription_failed']);
});

/** The official client as far as it keeps conversations, and an app that believes what it tells. */
class Model {
  /** SIDs, as the app has them. */
  readonly joined = new Set<string>();
  readonly #client: RawTwilsock;
  readonly #known = new Map<string, { sid: string; step: number; isJoined: boolean }>();
  #opening: { sid: string; step: number; isJoined: boolean }[] = [];
  #seen = 0;

  constructor(client: RawTwilsock) {
    this.#client = client;
  }

  get isBusy(): boolean {
    return this.#opening.length > 0;
  }

  /** Takes in what has come. */
  take(): void {
    for (const { event_type, events } of this.#client.messages.slice(this.#seen)) {
      for (const { item_key: sid } of events) {
        if (event_type === 'map_item_added') this.#add(sid);
        if (event_type === 'map_item_removed') this.#remove(sid);
      }
    }
    this.#seen = this.#client.messages.length;
  }

  /** Goes on with the opening of one of those that it is opening. */
  async proceed(nth: number): Promise<void> {
    const one = this.#opening[nth % this.#opening.length];
    if (!one) return;
    await step(this.#client, one.sid, one.step);
    this.take();
    one.step += 1;
    if (one.step < 3) return;
    this.#opening = this.#opening.filter((each) => each !== one);
    // It is told of as joined, whatever was heard in the meantime.
    one.isJoined = true;
    this.joined.add(one.sid);
    await step(this.#client, one.sid, 3);
  }

  #add(sid: string): void {
    if (this.#known.has(sid)) return;
    const one = { sid, step: 0, isJoined: false };
    this.#known.set(sid, one);
    this.#opening.push(one);
  }

  #remove(sid: string): void {
    if (this.#known.get(sid)?.isJoined) this.joined.delete(sid);
    this.#known.delete(sid);
  }
}

const nth = fc.nat(2);
const act = fc.record({ do: fc.constantFrom('in', 'out', 'remove', 'hear', 'proceed', 'proceed', 'proceed'), nth });

test('However people come and go while a client opens what it hears of, its app has in the end what there is.', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
      const { client, identity } = await ann();
      const model = new Model(client);
      const rooms = [await at.roomOf(), await at.roomOf(), await at.roomOf()];
      const inside = new Set<string>();
      for (const { do: what, nth: n } of acts) {
        const room = rooms[n] as string;
        if (what === 'in' && !inside.has(room)) await bring(room, identity).then(() => inside.add(room));
        if (what === 'out' && inside.delete(room)) await take(room, identity);
        if (what === 'remove') {
          inside.delete(room);
          await remove(room);
          rooms[n] = await at.roomOf();
        }
        if (what === 'hear') model.take();
        if (what === 'proceed') await model.proceed(n);
      }
      do {
        await model.proceed(0);
        await client.get('/Client/v2/Configuration');
        model.take();
      } while (model.isBusy);
      expect([...model.joined].sort()).toEqual([...inside].sort());
      client.cut();
    }),
    { numRuns: 60 },
  );
});
