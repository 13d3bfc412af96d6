import { AsyncLocalStorage } from 'node:async_hooks';
import { StorageUnavailable } from '../storage/connection.ts';
import type { Call, Committed, LoggedEvent, Outcome, StorageDriver } from '../storage/driver.ts';
import type { Actor } from './actor.ts';
import { tooMany } from './rates/too-many.ts';
import { type InLine, WaitingLine } from './waiting-line.ts';
import type { Waited, Witness } from './witness.ts';

/** More than this in one transaction gains nothing and makes the first wait for the last. */
const batchSize = 512;
/**
 * Where other servers write, too: they wait for what it has locked, and PostgreSQL has room for so many locks
 * (`max_locks_per_transaction`).
 */
const sharedBatchSize = 128;
/** Calls that may wait before new ones are turned away; urgent ones do not count, and are not. */
const queueLimit = 20_000;
/**
 * How many of them may be one app user's: with a few connections he would have the whole queue, and everybody else would be
 * turned away. Back ends are the operator's own.
 */
const queueLimitOfUser = 2000;
/** When the calls of one who has too many may have gone; milliseconds. */
const retryForRoom = 1000;
/**
 * A transaction that takes longer does not hold up calls that have nothing to do with it: they go beside it; milliseconds.
 * Those that are quicker go one after the other, since few transactions of many calls cost less than many of few, in
 * processor time and in waiting for each other's locks.
 */
export const patience = 20;

/** Its key is its `Command.orderKey`. */
interface Queued extends Waited, InLine {
  /** That, and what it must not meet others at. */
  keys: readonly string[];
  resolve: (outcome: Outcome) => void;
  reject: (error: Error) => void;
}

/** A transaction under way. */
interface UnderWay {
  lane: number;
  batch: readonly Queued[];
  began: number;
  isSignOfLife: boolean;
}

/** As little has happened as where the database is away, and it may as well go another time. */
export class Overloaded extends StorageUnavailable {}

/** How a call waits. */
export interface Manner {
  /** What calls of other keys may not be at meanwhile. */
  apart?: readonly string[] | undefined;
  /** Its `Command.urgent`. */
  isUrgent?: boolean | undefined;
  /** Its `Command.signOfLife`. */
  isSignOfLife?: boolean | undefined;
}

/**
 * Queues calls, and commits whatever waits as one transaction. Nobody waits for a timer when nothing is under way: a lone
 * call goes at the end of this turn of the event loop; those that arrive while a commit is under way make the next batch.
 * Calls of one key are never in two transactions at a time, and happen in the order in which they were made.
 *
 * Signs of life have transactions of their own, and where there are several lanes one for themselves: they wait for nothing
 * that others wait for.
 */
export class CallQueue {
  readonly #driver: StorageDriver;
  readonly #batchSize: number;
  readonly #onCommit: (events: LoggedEvent[], woken: string[]) => void;
  /** Commits are nobody's own: what they set going must not count as part of the request that came first. */
  readonly #outside = AsyncLocalStorage.snapshot();
  readonly #underWay = new Set<UnderWay>();
  /** Lanes that are kept free for signs of life, and those that all may use. */
  readonly #kept: number;
  readonly #idleKept: number[];
  readonly #idle: number[];
  readonly #waiting = new WaitingLine<Queued>();
  readonly #signs = new WaitingLine<Queued>();
  /** How many of those that wait are an app user's. */
  readonly #waitingOf = new Map<string, number>();
  #committed = 0;
  #scheduled = false;
  #impatient: NodeJS.Timeout | undefined;
  #witness: Witness | undefined;

  /** @param onCommit told of each commit, in order, before the calls are answered */
  constructor(driver: StorageDriver, onCommit: (events: LoggedEvent[], woken: string[]) => void) {
    this.#driver = driver;
    this.#batchSize = driver.lanes === 1 ? batchSize : sharedBatchSize;
    this.#kept = driver.lanes === 1 ? 0 : 1;
    const lanes = Array.from({ length: driver.lanes }, (_unused, lane) => lane);
    this.#idleKept = lanes.slice(0, this.#kept);
    this.#idle = lanes.slice(this.#kept);
    this.#onCommit = onCommit;
  }

  /** @param witness told of every call and transaction from now on; there is one at most */
  watch(witness: Witness): void {
    this.#witness = witness;
  }

  /**
   * Resolves after the commit. Rejects when the transaction failed as a whole: nothing happened then, or nobody can say.
   *
   * @param key of the command, its `orderKey`
   * @throws Overloaded when too many calls wait, and it is neither urgent nor a sign of life
   * @throws Refusal when too many of the same app user's wait
   */
  submit(
    key: string,
    call: Call,
    { apart = [], isUrgent = false, isSignOfLife = false }: Manner = {},
  ): Promise<Outcome> {
    if (this.isFull && !isUrgent && !isSignOfLife) return Promise.reject(new Overloaded('Too many calls are waiting.'));
    const user = userOf(call);
    if (user !== undefined) {
      const own = this.#waitingOf.get(user) ?? 0;
      if (own >= queueLimitOfUser) return Promise.reject(tooMany(20429, retryForRoom));
      this.#waitingOf.set(user, own + 1);
    }
    this.#witness?.queued(call);
    return new Promise((resolve, reject) => {
      const [keys, queued] = [[key, ...apart], performance.now()];
      const line = isSignOfLife ? this.#signs : this.#waiting;
      line.put({ key, keys, call, isUrgent, queued, resolve, reject });
      this.#schedule();
    });
  }

  /** Is it so long that new calls are turned away? */
  get isFull(): boolean {
    return this.#waiting.ordinary >= queueLimit;
  }

  /** How many calls wait for a transaction. */
  get waiting(): number {
    return this.#waiting.length + this.#signs.length;
  }

  /** How many calls are in a transaction that is under way. */
  get underWay(): number {
    let calls = 0;
    for (const { batch } of this.#underWay) calls += batch.length;
    return calls;
  }

  /** How many calls were in transactions that went well, so far. */
  get committed(): number {
    return this.#committed;
  }

  #schedule(): void {
    if (this.#scheduled || !(this.#signMayGo() || this.#othersMayGo())) return;
    this.#scheduled = true;
    // Not a microtask: all requests that this turn of the event loop reads should share the commit.
    setImmediate(() => {
      this.#scheduled = false;
      this.#outside(() => this.#begin());
    });
  }

  #signMayGo(): boolean {
    return this.#signs.length > 0 && this.#idleKept.length + this.#idle.length > 0;
  }

  /** If they have to wait for what may be quick, they are looked at again when it has turned out not to be. */
  #othersMayGo(): boolean {
    if (this.#waiting.length === 0 || this.#idle.length === 0) return false;
    const wait = this.#waitForQuick();
    if (wait > 0) this.#lookAgain(wait);
    return wait <= 0;
  }

  /** How long the youngest of the transactions under way may still count as quick, signs of life aside; milliseconds. */
  #waitForQuick(): number {
    let youngest = Number.NEGATIVE_INFINITY;
    for (const { began, isSignOfLife } of this.#underWay) if (!isSignOfLife) youngest = Math.max(youngest, began);
    return youngest + patience - performance.now();
  }

  /** One that is earlier does: what it finds has it look once more. */
  #lookAgain(wait: number): void {
    if (this.#impatient) return;
    const look = () => {
      this.#impatient = undefined;
      this.#schedule();
    };
    // A timer may be early by less than a millisecond.
    this.#impatient = setTimeout(look, wait + 1);
    this.#impatient.unref();
  }

  #begin(): void {
    const signs =
      this.#signMayGo() && this.#beginOne(this.#signs, this.#idleKept.length > 0 ? this.#idleKept : this.#idle);
    const others = this.#othersMayGo() && this.#beginOne(this.#waiting, this.#idle);
    // Of what is left some may go beside it, if it turns out to be slow.
    if (signs || others) this.#schedule();
  }

  /** @returns whether any could go */
  #beginOne(line: WaitingLine<Queued>, idle: number[]): boolean {
    const batch = this.#take(line);
    const lane = batch.length === 0 ? undefined : idle.pop();
    if (lane === undefined) return false;
    const one = { lane, batch, began: performance.now(), isSignOfLife: line === this.#signs };
    this.#underWay.add(one);
    void this.#commit(one);
    return true;
  }

  /** Those that are next and have nothing of their key under way. */
  #take(line: WaitingLine<Queued>): Queued[] {
    const busy = new Set<string>();
    for (const { batch } of this.#underWay) for (const { key } of batch) busy.add(key);
    const taken = line.take(this.#batchSize, busy);
    for (const queued of taken) this.#noteTaken(queued);
    return taken;
  }

  #noteTaken({ call }: Queued): void {
    const user = userOf(call);
    if (user === undefined) return;
    const left = (this.#waitingOf.get(user) ?? 0) - 1;
    if (left > 0) this.#waitingOf.set(user, left);
    else this.#waitingOf.delete(user);
  }

  async #commit(one: UnderWay): Promise<void> {
    const { lane, batch, began } = one;
    let committed: Committed | undefined;
    let failure: Error | undefined;
    try {
      committed = await this.#driver.write(
        lane,
        batch.map((queued) => queued.call),
        batch.map((queued) => queued.keys),
      );
      this.#committed += batch.length;
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
    this.#underWay.delete(one);
    (lane < this.#kept ? this.#idleKept : this.#idle).push(lane);
    // The writer should not idle while the answers go out.
    this.#schedule();
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

/** The app user whose call it is. */
function userOf(call: Call): string | undefined {
  const actor = call.actor as Actor;
  return actor.kind === 'user' ? actor.user : undefined;
}
