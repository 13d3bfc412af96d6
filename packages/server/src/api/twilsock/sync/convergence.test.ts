import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { updateConversation } from '../../../core/conversations/actions.ts';
import { removeMessage, sendMessage, updateMessage } from '../../../core/messages/actions.ts';
import {
  addParticipant,
  removeParticipant,
  updateMembership,
  updateParticipant,
} from '../../../core/participants/actions.ts';
import { Refusal } from '../../../core/refusal.ts';
import { updateUser } from '../../../core/users/actions.ts';
import { type OpenRealtime, openRealtime } from '../../../testing/open-realtime.ts';
import type { RawTwilsock, SyncMessage } from '../../../testing/raw-twilsock.ts';

let at: OpenRealtime;
beforeAll(async () => {
  at = await openRealtime();
});
afterAll(() => at.discard());

interface Item {
  id: number;
  data: unknown;
  /** A client keeps the ids of what was removed. */
  isGone?: boolean;
}

/** What the official client keeps of one object, by its rules: an event with an id that it has for the item is none. */
class Mirror {
  readonly items = new Map<string, Item>();
  readonly type: 'Documents' | 'Lists' | 'Maps';
  readonly sid: string;
  last = 0;

  constructor(type: 'Documents' | 'Lists' | 'Maps', sid: string) {
    this.type = type;
    this.sid = sid;
  }

  /** As when the client reads it. */
  async open(client: RawTwilsock): Promise<void> {
    this.items.clear();
    const root = await client.request('GET', `/v3/${this.type}/${this.sid}`);
    this.last = root.body.last_event_id;
    if (this.type === 'Documents') this.#put('', this.last, root.body.data);
    else await this.read(client);
  }

  /** Pages are read at any time, and may be newer than what was told. */
  async read(client: RawTwilsock): Promise<void> {
    if (this.type === 'Documents') return;
    let { body } = await client.request('GET', `/v3/${this.type}/${this.sid}/Items?PageSize=3&Order=asc`);
    for (;;) {
      for (const item of body.items) this.#put(String(item.key ?? item.index), item.last_event_id, item.data);
      const last = body.items.at(-1);
      if (!body.meta.next_token || !last) return;
      const from = `From=${last.key ?? last.index}`;
      ({ body } = await client.request('GET', `/v3/${this.type}/${this.sid}/Items?PageSize=3&Order=asc&${from}`));
      if (body.items.at(-1)?.index === last.index && body.items.at(-1)?.key === last.key) return;
    }
  }

  take({ event_type, events }: SyncMessage): void {
    for (const event of events) {
      if (event.object_sid === this.sid && event_type === 'subscription_established') {
        this.last = Math.max(this.last, event.last_event_id);
      }
      if (![event.map_sid, event.list_sid, event.document_sid].includes(this.sid)) continue;
      this.last = Math.max(this.last, event.id);
      const key = String(event.item_key ?? event.item_index ?? '');
      if (event_type.endsWith('removed')) this.#put(key, event.id, undefined, true);
      else this.#put(key, event.id, event.item_data ?? event.document_data);
    }
  }

  get shown(): [string, unknown][] {
    const there = [...this.items].filter(([, item]) => !item.isGone).map(([key, { data }]) => [key, data]);
    return there.sort(([a], [b]) => String(a).localeCompare(String(b))) as [string, unknown][];
  }

  #put(key: string, id: number, data: unknown, isGone = false): void {
    const known = this.items.get(key);
    if (known && known.id >= id) return;
    this.items.set(key, { id, data, isGone });
  }
}

const body = fc.string({ unit: 'grapheme', maxLength: 10 });
const nth = fc.nat(3);
const change = fc.oneof(
  fc.record({ do: fc.constantFrom('send' as const, 'rename' as const, 'call' as const), body }),
  fc.record({ do: fc.constantFrom('edit' as const, 'describe' as const), nth, body }),
  fc.record({ do: fc.constantFrom('remove' as const, 'join' as const, 'leave' as const, 'read' as const), nth }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;
const changes = fc.array(change, { maxLength: 6 });

/** A time without a connection, and one with: `late` happens when it is there, and nothing is subscribed to yet. */
const absence = fc.record({ away: changes, reads: fc.boolean(), late: changes, present: changes });

let run = 0;

test('Whatever happens while a client is there or away, in the end it has what a fresh look shows.', async () => {
  await fc.assert(
    fc.asyncProperty(changes, fc.array(absence, { minLength: 1, maxLength: 4 }), async (first, absences) => {
      run += 1;
      const identity = `ann-${run}`;
      const { user } = await at.user(identity);
      const conversation = await at.roomOf(identity, `ben-${run}`);
      const rest = conversation.slice(2);
      const mirrors = () => [
        new Mirror('Documents', `ET${rest}`),
        new Mirror('Lists', `ES${rest}`),
        new Mirror('Maps', `MP${rest}`),
        new Mirror('Maps', user.replace('US', 'MC')),
        new Mirror('Maps', user.replace('US', 'MU')),
      ];
      const own = mirrors();
      let client = await at.twilsock(identity);
      let seen = 0;
      /** Takes in what has come. */
      const take = () => {
        for (const message of client.messages.slice(seen)) for (const mirror of own) mirror.take(message);
        seen = client.messages.length;
      };
      const types = { Documents: 'document', Lists: 'list', Maps: 'map' };
      const subscribe = () =>
        client.subscribe(...own.map(({ sid, type, last }): [string, string, number] => [sid, types[type], last]));
      for (const mirror of own) await mirror.open(client);
      await subscribe();

      const all = async (these: readonly Change[]) => {
        for (const one of these) await apply(one, conversation, identity);
      };
      await all(first);
      for (const { away, reads, late, present } of absences) {
        take();
        client.cut();
        await client.end();
        await all(away);
        client = await at.twilsock(identity);
        seen = 0;
        if (reads) for (const mirror of own) await mirror.read(client);
        await all(late);
        await subscribe();
        await all(present);
      }

      const fresh = mirrors();
      const looker = await at.twilsock(identity);
      for (const mirror of fresh) await mirror.open(looker);
      const state = (of: Mirror[]) => of.map(({ sid, shown }) => [sid, shown]);
      // Documents are told a moment after the message that moves them.
      for (let n = 0; n < 50; n += 1) {
        take();
        if (JSON.stringify(state(own)) === JSON.stringify(state(fresh))) break;
        await client.request('GET', '/Client/v2/Configuration');
      }
      expect(state(own)).toEqual(state(fresh));
      client.cut();
      looker.cut();
    }),
    { numRuns: 40 },
  );
});

/** Does it, if it can be done. */
async function apply(one: Change, conversation: string, identity: string): Promise<void> {
  const { core, account, service } = at;
  const there = { service, conversation };
  try {
    switch (one.do) {
      case 'send':
        await core.run(sendMessage, account, { ...there, body: one.body });
        break;
      case 'edit':
        await core.run(updateMessage, account, { ...there, message: one.nth, body: one.body });
        break;
      case 'remove':
        await core.run(removeMessage, account, { ...there, message: one.nth });
        break;
      case 'rename':
        await core.run(updateConversation, account, { ...there, friendlyName: one.body });
        break;
      case 'join':
        await core.run(addParticipant, account, { ...there, identity: `guest-${one.nth}` });
        break;
      case 'leave':
        await core.run(removeParticipant, account, { ...there, participant: `guest-${one.nth}` });
        break;
      case 'describe':
        await core.run(updateParticipant, account, {
          ...there,
          participant: `guest-${one.nth}`,
          attributes: JSON.stringify(one.body),
        });
        break;
      case 'read':
        await core.run(updateMembership, account, { ...there, user: identity, read: { mode: 'set', index: one.nth } });
        break;
      case 'call':
        await core.run(updateUser, account, { service, user: identity, friendlyName: one.body });
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}
