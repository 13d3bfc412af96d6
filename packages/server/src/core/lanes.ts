import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import type { Call, Committed, LoggedEvent, Outcome, StorageDriver } from '../storage/driver.ts';
import type { Waited, Witness } from './witness.ts';

/** More than this in one transaction gains nothing and makes the first wait for the last. */
const batchSize = 512;
/** Where others write too, and wait for what it has locked: of which a database has room for so many. */
const sharedBatchSize = 128;
/** Calls that may wait in one lane before new ones are turned away. */
const queueLimit = 20_000;

interface Queued extends Waited {
  keys: readonly string[];
  resolve: (outcome: Outcome) => void;
  reject: (error: Error) => void;
}

class Lane {
  readonly queue: Queued[] = [];
  underWay = 0;
  scheduled = false;
}

export class Overloaded extends Error {}

/**
 * Queues calls by what has to stay in order, and commits whatever waits in a lane as one transaction. Nobody
 * waits for a timer: a lone call goes at the end of this turn of the event loop; those that arrive while a
 * commit is under way make the next batch.
 */
export class Lanes {
  readonly #driver: StorageDriver;
  readonly #lanes: Lane[];
  readonly #onCommit: (events: LoggedEvent[], woken: string[]) => void;
  /** Commits are nobody's own: what they set going must not count as part of the request that came first. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #witness: Witness | undefined;

  /** @param onCommit told of each commit, in order, before the calls are answered */
  constructor(driver: StorageDriver, onCommit: (events: LoggedEvent[], woken: string[]) => void) {
    this.#driver = driver;
    this.#lanes = Array.from({ length: driver.lanes }, () => new Lane());
    this.#onCommit = onCommit;
  }

  /** @param witness told of every call and transaction from now on; there is one at most */
  watch(witness: Witness): void {
    this.#witness = witness;
  }

  /**
   * Resolves after the commit. Rejects when the transaction failed as a whole: nothing happened then.
   *
   * @param apart what calls of other lanes may not be at meanwhile
   */
  submit(key: string, call: Call, apart: readonly string[] = []): Promise<Outcome> {
    const number = this.#laneOf(key);
    const lane = this.#lanes[number] as Lane;
    if (lane.queue.length >= queueLimit) return Promise.reject(new Overloaded('Too many calls are waiting.'));
    this.#witness?.queued(call);
    return new Promise((resolve, reject) => {
      lane.queue.push({ keys: [key, ...apart], call, queued: performance.now(), resolve, reject });
      this.#schedule(lane, number);
    });
  }

  /** Is a lane so long that new calls are turned away? */
  get isFull(): boolean {
    return this.#lanes.some((lane) => lane.queue.length >= queueLimit);
  }

  /** How many calls wait or are under way. */
  get depth(): number {
    return this.depths.reduce((sum, depth) => sum + depth, 0);
  }

  /** The same of each lane. */
  get depths(): number[] {
    return this.#lanes.map((lane) => lane.queue.length + lane.underWay);
  }

  #laneOf(key: string): number {
    if (this.#lanes.length === 1) return 0;
    return createHash('md5').update(key).digest().readUInt32BE(0) % this.#lanes.length;
  }

  #schedule(lane: Lane, number: number): void {
    if (lane.scheduled || lane.underWay > 0 || lane.queue.length === 0) return;
    lane.scheduled = true;
    // Not a microtask: all requests that this turn of the event loop reads should share the commit.
    setImmediate(() => {
      lane.scheduled = false;
      this.#outside(() => void this.#commit(lane, number));
    });
  }

  async #commit(lane: Lane, number: number): Promise<void> {
    const batch = lane.queue.splice(0, this.#lanes.length === 1 ? batchSize : sharedBatchSize);
    lane.underWay = batch.length;
    const began = performance.now();
    let committed: Committed | undefined;
    let failure: Error | undefined;
    try {
      committed = await this.#driver.write(
        number,
        batch.map((queued) => queued.call),
        batch.map((queued) => queued.keys),
      );
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
    lane.underWay = 0;
    // The writer should not idle while the answers go out.
    this.#schedule(lane, number);
    try {
      this.#witness?.ended({ calls: batch, began, ended: performance.now(), committed });
      if (committed) this.#onCommit(committed.events, committed.woken);
    } finally {
      batch.forEach((queued, at) => {
        const outcome = committed?.outcomes[at];
        if (outcome) queued.resolve(outcome);
        else queued.reject(failure ?? new Error('The batch was not answered.'));
      });
    }
  }
}
