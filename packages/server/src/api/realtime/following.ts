import { setImmediate } from 'node:timers/promises';
import { readEvents } from '../../core/log.ts';
import {
  selectFollowed,
  selectFollowedUpTo,
  selectHeadsOf,
  selectStreamHeads,
  selectStreamsSince,
} from '../../core/streams.ts';
import type { LoggedEvent } from '../../storage/driver.ts';
import type { Caller, RealtimeDependencies } from './method.ts';

/** Conversations that are listened to before the client is answered. Whoever is in more of them does not wait for the rest. */
const atOnce = 200;
/** Of the rest, between which others have their turn. */
const pieceSize = 500;
const eventsAtOnce = 500;
/** After every SID. */
const end = 'CI';

/**
 * Has a connection listen to the conversations that its user is in, in the order of their SIDs: some before the client
 * is answered, and the rest afterwards, so that the answer takes no longer the more there are. What happened in the rest
 * meanwhile is read from the log.
 */
export class Following {
  readonly #dependencies: Pick<RealtimeDependencies, 'core' | 'hub' | 'logger'>;
  readonly #caller: Caller;
  readonly #user: string;
  /** The SID up to which it is listened; undefined when that is all. */
  #upTo: string | undefined = '';

  constructor(dependencies: Pick<RealtimeDependencies, 'core' | 'hub' | 'logger'>, caller: Caller, user: string) {
    this.#dependencies = dependencies;
    this.#caller = caller;
    this.#user = user;
  }

  /** @returns those that the user was out of meanwhile, and where they stood then: nothing up to there is his to hear */
  begin(): Promise<Map<string, number>> {
    return this.#listen(atOnce, () => {});
  }

  /**
   * Listens to the rest.
   *
   * @param shown the positions that the client was shown, by stream
   * @param cursor the event up to which it was shown the streams that are not listed
   */
  goOn(shown: ReadonlyMap<string, number>, cursor: number): void {
    if (this.#upTo === undefined) return;
    this.#followRest(shown, cursor).catch((error) => {
      this.#dependencies.logger.error({ error }, "a user's conversations could not be listened to");
      this.#caller.interrupted();
    });
  }

  async #followRest(shown: ReadonlyMap<string, number>, cursor: number): Promise<void> {
    while (this.#upTo !== undefined && !this.#caller.closed) {
      // Whoever was added to one meanwhile hears it already.
      const fresh = new Set<string>();
      const out = await this.#listen(pieceSize, (streams) => {
        for (const stream of streams) if (!this.#dependencies.hub.hears(this.#caller, stream)) fresh.add(stream);
        this.#caller.hold([...fresh]);
      });
      const missed = await this.#missed([...fresh], shown, cursor);
      for (const stream of fresh) {
        const after = Math.max(shown.get(stream) ?? 0, out.get(stream) ?? 0);
        this.#caller.letGo(stream, missed.get(stream) ?? [], after);
      }
      await setImmediate();
    }
  }

  /** Listens to some more. @param holding told which, before their events can come */
  async #listen(limit: number, holding: (streams: string[]) => void): Promise<Map<string, number>> {
    const { core, hub } = this.#dependencies;
    const caller = this.#caller;
    const after = this.#upTo ?? '';
    const first = await selectFollowed(core.db, this.#user, after, limit);
    this.#upTo = first.length < limit ? undefined : first.at(-1);
    const out = new Map<string, number>();
    let listened = new Set<string>();
    for (let followed = new Set(first); ; ) {
      const fresh = [...followed].filter((stream) => !listened.has(stream));
      for (const stream of fresh) out.delete(stream);
      holding(fresh);
      await hub.listenAll(caller, fresh);
      if (!hub.isShared) return out;
      // His own stream may say later that he is out than the conversation's goes on.
      const left = [...listened].filter((stream) => !followed.has(stream));
      for (const stream of left) hub.stopListening(caller, stream);
      const heads = await selectStreamHeads(core.db, left);
      for (const stream of left) out.set(stream, heads.get(stream) ?? Number.POSITIVE_INFINITY);
      if (fresh.length + left.length === 0) return out;
      listened = followed;
      followed = new Set(await selectFollowedUpTo(core.db, this.#user, after, this.#upTo ?? end));
    }
  }

  /** What happened in streams since the client was shown them, or its user came in. */
  async #missed(
    streams: readonly string[],
    shown: ReadonlyMap<string, number>,
    cursor: number,
  ): Promise<Map<string, LoggedEvent[]>> {
    const { db } = this.#dependencies.core;
    const moved = await selectStreamsSince(db, cursor);
    const missed = new Map<string, LoggedEvent[]>();
    const concerned = streams.filter((stream) => moved.has(stream));
    for (const { conversation_sid: stream, created_position } of await selectHeadsOf(db, this.#user, concerned)) {
      const before = (moved.get(stream) ?? 1) - 1;
      missed.set(stream, await this.#eventsAfter(stream, Math.max(before, created_position, shown.get(stream) ?? 0)));
    }
    return missed;
  }

  async #eventsAfter(stream: string, after: number): Promise<LoggedEvent[]> {
    const events: LoggedEvent[] = [];
    for (let at = after; ; at = events.at(-1)?.position ?? at) {
      const piece = await readEvents(this.#dependencies.core.db, stream, at, eventsAtOnce);
      events.push(...piece);
      if (piece.length < eventsAtOnce) return events;
    }
  }
}
