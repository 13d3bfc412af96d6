import type { Db } from '../storage/db.ts';
import type { LoggedEvent } from '../storage/driver.ts';
import { readEvents } from './log.ts';
import { Remembered } from './remembered.ts';
import { selectAllFollowed, selectStreamHeads } from './streams.ts';

/** Conversations that are remembered, of all users together: some 10 MB. */
const rememberedAtMost = 100_000;
/** After more than this in a user's own stream it is quicker to read anew where he is. */
const fewEvents = 200;

interface Known {
  /** In the user's own stream: what comes after it may not be in the list. */
  position: number;
  streams: Set<string>;
}

/**
 * The conversations that users are in, for those who are in many: a look at ten thousand rows takes longer than all else that
 * somebody waits for who comes back. Every coming and going appends an event to the user's own stream, in the same
 * transaction; so what is remembered is brought up to date by the few events that came since.
 */
export class Followed {
  readonly #db: Db;
  readonly #users: Remembered<Known>;

  constructor(db: Db, limit = rememberedAtMost) {
    this.#db = db;
    this.#users = new Remembered(limit, ({ streams }) => streams.size);
  }

  /** Those that he is in now. The set changes when somebody asks again. */
  async of(user: string): Promise<ReadonlySet<string>> {
    for (;;) {
      const known = this.#users.get(user);
      if (!known) return this.#read(user);
      const { position } = known;
      const events = await readEvents(this.#db, user, position, fewEvents + 1);
      // Somebody else has brought it up to date, or forgotten it.
      if (this.#users.get(user) !== known || known.position !== position) continue;
      if (events.length > fewEvents || (events[0] && events[0].position !== position + 1)) return this.#read(user);
      this.#users.forget(user);
      for (const event of events) apply(known, event);
      this.#users.remember(user, known);
      return known.streams;
    }
  }

  async #read(user: string): Promise<ReadonlySet<string>> {
    // Before the list, which then has all that came up to there.
    const position = (await selectStreamHeads(this.#db, [user])).get(user) ?? 0;
    const known = { position, streams: new Set(await selectAllFollowed(this.#db, user)) };
    this.#users.remember(user, known);
    return known.streams;
  }
}

function apply(known: Known, { type, position, data }: LoggedEvent): void {
  known.position = position;
  if (type !== 'membership.added' && type !== 'membership.removed') return;
  const { membership } = JSON.parse(data) as { membership: { conversationSid: string } };
  if (type === 'membership.added') known.streams.add(membership.conversationSid);
  else known.streams.delete(membership.conversationSid);
}
