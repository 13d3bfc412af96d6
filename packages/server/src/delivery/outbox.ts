import type { Sid } from '@colloquy/protocol';
import type { Logger } from 'pino';
import { type Bus, isWoken } from '../bus/bus.ts';
import { Overloaded } from '../core/call-queue.ts';
import type { Scheduler } from '../core/clock.ts';
import type { Core } from '../core/core.ts';
import {
  abandonWork,
  buryWork,
  claimWork,
  reapLeases,
  recoverLater,
  retryWork,
  unclaimWork,
  type Work,
} from '../core/outbox/actions.ts';
import { newLease, nextDue } from '../core/outbox/store.ts';
import { OutcomeUnknown, StorageUnavailable } from '../storage/connection.ts';
import type { Watch } from '../telemetry/watch.ts';
import type { NodeLife } from './node-life.ts';

/** What a handler can have of the dispatcher while it settles a piece of work. */
export interface Hands {
  /** Would the next of the same lane be begun at once? Then it can be given out as this one is settled. */
  readonly goOn: boolean;
  /** Begins it, when the handler has come to its end; nothing of that may fail any more. */
  take(next: Work): void;
}

/** Does one kind of work. It settles what it was given itself; what it leaves unsettled comes back as expired. */
export interface WorkHandler {
  /** @param signal aborts when the server cannot wait any longer, or somebody else may take the work over */
  handle(work: Work, signal: AbortSignal, hands: Hands): Promise<void>;
  /** Work whose lease ran out: whoever had it died or hangs, and may have done it. */
  recover(work: Work, signal: AbortSignal): Promise<void>;
}

/** What it takes to deliver anything. */
export interface DeliveryContext {
  core: Core;
  bus: Bus;
  clock: Scheduler;
  logger: Logger;
  account: Sid<'AC'>;
  watch?: Watch | undefined;
  /** Of one of several servers. */
  life?: NodeLife | undefined;
}

export interface DispatcherOptions extends DeliveryContext {
  kind: string;
  handler: WorkHandler;
  /** How many pieces may be under way at once; each is of another lane. */
  concurrency: number;
  /** Longer than a handler may take, in milliseconds. */
  leaseMs: number;
}

/** However quiet the bus is, the outbox is looked at so often: another process may have died with the news. */
const lookEvery = 30_000;
/**
 * How long a stop waits for what is under way. Before it the whole server takes up to 3 s for sockets, and after it 2 s for
 * binds over SMPP; it has 10 s.
 */
const stopGrace = 4_000;
/** A lane stays here as long before somebody else may claim what is next in it: one who is nearer to the database, say. */
const laneStays = 1000;
/** Attempts after which work that can be neither done nor settled is buried, and the wait between them. */
const poisonAfter = 24;
const poisonWait = 60_000;
/** How often the end of a lease is tried to be noted while the database is away; and how long it takes where too much waits. */
const abandonEvery = 1000;

/**
 * Claims outbox work and has it done. Woken by commits that add work, by the start, by the end of each piece,
 * and by the clock when work or a lease becomes due.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #underWay = new Set<Promise<void>>();
  #giveUp = new AbortController();
  #claiming: Promise<void> | undefined;
  #wokenMeanwhile = false;
  #stopped = true;
  #callOff: () => void = () => {};
  #unsubscribe: () => void = () => {};

  constructor(options: DispatcherOptions) {
    this.#options = options;
    options.life?.watch({
      unsure: () => {
        this.#giveUp.abort();
        if (!this.#stopped) this.#giveUp = new AbortController();
      },
      sure: () => this.#wake(),
    });
  }

  start(): void {
    const { bus, kind } = this.#options;
    this.#stopped = false;
    this.#unsubscribe = bus.subscribe(({ woken }) => {
      if (isWoken(woken, kind)) this.#wake();
    });
    this.#wake();
  }

  /** Claims no more, and waits up to 4 s for what is under way. What is given up then is found by the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    this.#callOff();
    const { clock } = this.#options;
    const callOff = clock.at(clock.now() + stopGrace, () => this.#giveUp.abort());
    await this.#claiming;
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    callOff();
  }

  /** Resolves when nothing is under way and nothing is due. */
  async idle(): Promise<void> {
    while (this.#claiming || this.#underWay.size > 0) await (this.#claiming ?? Promise.race(this.#underWay));
  }

  #wake(): void {
    if (this.#stopped) return;
    if (this.#claiming) {
      this.#wokenMeanwhile = true;
      return;
    }
    this.#claiming = this.#claim().finally(() => {
      this.#claiming = undefined;
      if (this.#wokenMeanwhile) this.#wake();
    });
  }

  async #claim(): Promise<void> {
    const { core, clock, kind, concurrency, leaseMs, logger, account } = this.#options;
    this.#wokenMeanwhile = false;
    this.#callOff();
    let again = clock.now() + lookEvery;
    try {
      if (!this.#maySend) {
        again = clock.now() + 1000;
        return;
      }
      // Each piece that ends wakes, save where its lane goes on, so with all hands full there is nothing to look for.
      const limit = concurrency - this.#underWay.size;
      if (limit <= 0) return;
      const due = await nextDue(core.db, kind);
      const now = clock.now();
      const [work, lease] = [due.work ?? Number.POSITIVE_INFINITY, due.lease ?? Number.POSITIVE_INFINITY];
      again = Math.min(again, ...[work, lease].filter((at) => at > now));
      if (work > now && lease > now) return;

      const actor = { kind: 'system', account } as const;
      const node = this.#options.life?.node;
      const { signal } = this.#giveUp;
      const reap = { kind, limit: Math.min(limit, 10), lease: newLease(node), leaseMs };
      // Of the two, one that would find nothing is a transaction for nothing, for each piece that is done.
      const [reaping] = await Promise.allSettled([lease <= now ? core.run(reapLeases, actor, reap) : []]);
      const expired = takenBy(reaping);
      // For what was taken over, too, there has to be a hand each.
      const claim = { kind, limit: limit - expired.length, lease: newLease(node), leaseMs };
      const [claiming] = await Promise.allSettled([
        work <= now && claim.limit > 0 ? core.run(claimWork, actor, claim) : [],
      ]);
      const claimed = takenBy(claiming);
      // Somebody would take over as begun what nobody has begun.
      if (claiming.status === 'rejected' && claiming.reason instanceof OutcomeUnknown) {
        void this.#insist(() => core.run(unclaimWork, actor, { kind, lease: claim.lease }));
      }
      // The answer came after a stop, or so late that others may have taken over what was claimed: nothing is begun. Of what
      // was left by others it is not known how far they came: it keeps its lease, and is taken over when that runs out.
      if (signal.aborted || !this.#maySend || this.#stopped) {
        again = clock.now() + 1000;
        for (const work of claimed) this.#return(work);
        return;
      }
      for (const work of expired) this.#begin(work, () => this.#recover(work));
      for (const work of claimed) this.#handle(work);
      // There may be more than the limit, and if not, the next look tells until when to sleep.
      if (expired.length + claimed.length > 0) this.#wokenMeanwhile = true;
      else again = clock.now() + 1000;
      for (const one of [reaping, claiming]) if (one.status === 'rejected') throw one.reason;
    } catch (error) {
      logger.error({ error, kind }, 'work could not be claimed; it is tried again');
      again = clock.now() + 1000;
    } finally {
      if (!this.#stopped) this.#callOff = clock.at(again, () => this.#wake());
    }
  }

  /** A node that others may take for dead begins nothing: what it is at may be in somebody else's hands already. */
  get #maySend(): boolean {
    return this.#options.life?.isSure !== false;
  }

  /**
   * Whoever had the work cannot be asked, so what fails here is tried some more and then put aside: the lane has to go on.
   * Until then it is as unknown as before what came of it, so it comes back here, and is not begun as if it were new.
   */
  async #recover(work: Work): Promise<void> {
    const { core, clock, account, handler, logger, kind } = this.#options;
    try {
      await handler.recover(work, this.#giveUp.signal);
    } catch (error) {
      if (error instanceof StorageUnavailable) throw error;
      logger.error({ error, kind, work: work.id }, 'work of an expired lease could not be settled');
      const actor = { kind: 'system', account } as const;
      const text = JSON.stringify({ kind: 'exception', code: 'exception', message: String(error) });
      if (work.attempt >= poisonAfter) await core.run(buryWork, actor, { ...work, error: text });
      else await core.run(recoverLater, actor, { ...work, until: clock.now() + poisonWait });
    }
  }

  /** @param since when its lane came here */
  #handle(work: Work, since = this.#options.clock.now()): void {
    const { clock, concurrency, handler } = this.#options;
    // Of now: it stays aborted where somebody else may have the work, also when there is another one by then.
    const { signal } = this.#giveUp;
    let next: Work | undefined;
    const mayBegin = () => !this.#stopped && this.#maySend && !signal.aborted;
    // With all hands full there may be work that has waited for longer, in other lanes.
    const goesOn = () => mayBegin() && this.#underWay.size < concurrency && clock.now() < since + laneStays;
    const hands: Hands = {
      get goOn() {
        return goesOn();
      },
      take: (work) => {
        next = work;
      },
    };
    // Where the lane goes on nothing else has become possible that was not before.
    const then = () => {
      if (!next) this.#wake();
      else if (mayBegin()) this.#handle(next, since);
      else this.#return(next);
    };
    this.#begin(work, () => handler.handle(work, signal, hands), then);
  }

  /** What nobody has begun is there for everybody again, and not taken over as if somebody had. */
  #return(work: Work): void {
    const { core, clock, account } = this.#options;
    const { id, lane, lease, lastError: error } = work;
    const back = async () => {
      const given = { id, lane, lease, notBefore: clock.now(), error, counted: false };
      await core.run(retryWork, { kind: 'system', account }, given);
    };
    this.#begin(work, back, undefined, () => this.#insist(back).then(() => this.#wake()));
  }

  #begin(
    work: Work,
    handle: () => Promise<void>,
    then = () => this.#wake(),
    abandon = () => this.#abandon(work),
  ): void {
    const { logger, kind, watch } = this.#options;
    const settled = () =>
      handle().catch((error) => {
        logger.error({ error, kind, work: work.id }, 'work was left unsettled; its lease will expire');
        // Whoever takes it over would be turned away at once again.
        if (error instanceof Overloaded) void this.#pause().then(abandon);
        else if (error instanceof StorageUnavailable) void abandon();
      });
    const done = (watch ? watch.work(work, settled) : settled()).finally(() => {
      this.#underWay.delete(done);
      then();
    });
    this.#underWay.add(done);
  }

  /** The database was away when an outcome was to be noted: once it is back, nobody should wait for the lease. */
  #abandon(work: Work): Promise<void> {
    const { core, account, kind } = this.#options;
    return this.#insist(() => core.run(abandonWork, { kind: 'system', account }, { ...work, kind }));
  }

  /** Until the database is back, or a lease of now has run out. */
  async #insist(note: () => Promise<unknown>): Promise<void> {
    const { clock, leaseMs } = this.#options;
    for (const until = clock.now() + leaseMs; !this.#stopped && clock.now() < until; ) {
      try {
        await note();
        return;
      } catch {
        await this.#pause();
      }
    }
  }

  #pause(): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => clock.at(clock.now() + abandonEvery, resolve));
  }
}

function takenBy(settled: PromiseSettledResult<Work[]>): Work[] {
  return settled.status === 'fulfilled' ? settled.value : [];
}
