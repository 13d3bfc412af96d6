import type { Scheduler } from '../clock.ts';
import type { Core } from '../core.ts';
import { Remembered } from '../remembered.ts';
import { selectUnread, selectUnreadIn } from './unread.ts';

/** Users in no more conversations than these are quicker counted than remembered. */
const fewConversations = 200;
/** Conversations with something unread that are remembered, of all users together: some 12 MB. */
const rememberedAtMost = 100_000;
/** What a user takes himself, though he has read everything, in such conversations. */
const perUser = 5;
/** Streams that are looked up whether they are the user's or not. */
const fewMoved = 50;
/** Conversations that are counted one by one: when more of his have moved, all are. */
const fewCounted = 1000;
/** All are counted now and then in any case: what somebody mends in the database past the servers is in no log; milliseconds. */
const countAnewAfter = 10 * 60_000;

interface Tally {
  /** All that happened up to this event is in it, and maybe something of what came later. */
  upTo: number;
  counted: number;
  total: number;
  /** Of conversations with anything. */
  unread: Map<string, number>;
}

/**
 * How many messages users have not read, over all their conversations. Of those in many conversations it remembers what each
 * had, and looks again only at those whose streams moved since.
 *
 * What a user has not read in a conversation changes when a message comes or goes, his horizon moves, he comes or goes, or the
 * conversation goes. Each of these appends an event to the conversation's stream, in the same transaction. So it is exact as
 * long as every stream is looked at again that has an event which may not be counted yet.
 */
export class UnreadTotals {
  readonly #from: Pick<Core, 'db' | 'moves' | 'followed'>;
  readonly #clock: Scheduler;
  readonly #tallies: Remembered<Tally>;
  /** The last count of each user that is not over: the same tally is never changed from two sides. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(from: Pick<Core, 'db' | 'moves' | 'followed'>, clock: Scheduler, limit = rememberedAtMost) {
    this.#from = from;
    this.#clock = clock;
    this.#tallies = new Remembered(limit, ({ unread }) => perUser + unread.size);
  }

  /** Has everything that was committed before it was asked for; of what is committed meanwhile, some may be in it. */
  of(user: string): Promise<number> {
    const before = this.#turns.get(user);
    const answer = before ? before.then(() => this.#count(user)) : this.#count(user);
    const end = () => {
      if (this.#turns.get(user) === turn) this.#turns.delete(user);
    };
    const turn = answer.then(end, end);
    this.#turns.set(user, turn);
    return answer;
  }

  async #count(user: string): Promise<number> {
    // Before anything is read: what is read afterwards has all up to here.
    const { upTo } = this.#from.moves;
    const tally = this.#tallies.get(user);
    // A clock may be put back.
    const isOld = !tally || Math.abs(this.#clock.now() - tally.counted) >= countAnewAfter;
    if (isOld || upTo === undefined) return this.#countAll(user, upTo);
    const concerned = await this.#movedSince(tally, user);
    if (!concerned || concerned.length > fewCounted) return this.#countAll(user, upTo);
    const found = await selectUnreadIn(this.#from.db, user, concerned);
    const now = new Map(found.map(({ conversation, unread }) => [conversation, Number(unread)]));
    this.#tallies.forget(user);
    // Those that are not found he is not in any more, or never was.
    for (const conversation of concerned) note(tally, conversation, now.get(conversation) ?? 0);
    tally.upTo = upTo;
    this.#tallies.remember(user, tally);
    return tally.total;
  }

  /** Conversations that may have changed for him. */
  async #movedSince(tally: Tally, user: string): Promise<string[] | undefined> {
    const moved = await this.#from.moves.since(tally.upTo);
    const conversations = moved && [...new Set(moved)].filter((stream) => stream.startsWith('CH'));
    if (!conversations || conversations.length <= fewMoved) return conversations;
    const followed = await this.#from.followed.of(user);
    return conversations.filter((stream) => followed.has(stream) || tally.unread.has(stream));
  }

  async #countAll(user: string, upTo: number | undefined): Promise<number> {
    const counted = this.#clock.now();
    const found = await selectUnread(this.#from.db, user);
    const tally: Tally = { upTo: upTo ?? 0, counted, total: 0, unread: new Map() };
    for (const { conversation, unread } of found) note(tally, conversation, Number(unread));
    this.#tallies.forget(user);
    if (upTo !== undefined && found.length > fewConversations) this.#tallies.remember(user, tally);
    return tally.total;
  }
}

function note(tally: Tally, conversation: string, unread: number): void {
  tally.total += unread - (tally.unread.get(conversation) ?? 0);
  if (unread > 0) tally.unread.set(conversation, unread);
  else tally.unread.delete(conversation);
}
