import { type Limits, limits } from '@colloquy/protocol';
import type { Bus } from '../bus/bus.ts';
import { OutcomeUnknown, StorageUnavailable } from '../storage/connection.ts';
import type { Db } from '../storage/db.ts';
import type { Rehearsed, StorageDriver } from '../storage/driver.ts';
import type { Actor } from './actor.ts';
import { CallQueue } from './call-queue.ts';
import type { Scheduler } from './clock.ts';
import type { Command } from './command.ts';
import { Followed } from './followed.ts';
import type { IdempotencyKey } from './idempotency.ts';
import { UnreadTotals } from './messages/unread-totals.ts';
import { RecentMoves } from './recent-moves.ts';
import { Refusal } from './refusal.ts';
import { selectBeyond } from './streams.ts';

/** Who has to let a change through before it is queued. */
export interface Gate {
  /** @throws Refusal when it may not be now */
  admit(command: string, actor: Actor, input: unknown): Promise<void>;
}

/** A command that somebody wants to run. */
export interface Run {
  // biome-ignore lint/suspicious/noExplicitAny: of any command
  command: Command<any, unknown>;
  actor: Actor;
  input: unknown;
  idempotency: IdempotencyKey | undefined;
}

/**
 * Stands between callers and the writer. Has to call `proceed`, with the input as it is or another one, and give back
 * its answer; or throw a `Refusal` in its place. Calls reach the writer in the order in which `proceed` is called.
 */
export type Interceptor = (run: Run, proceed: (input: unknown) => Promise<unknown>) => Promise<unknown>;

/** What the APIs call: `run` for changes, `db` for reading. */
export class Core {
  readonly db: Db;
  readonly clock: Scheduler;
  readonly queue: CallQueue;
  /** Of this server: commands have the same ones as `tx.limits`. */
  readonly limits: Limits;
  /** Id of the newest event up to which none is still to come. */
  readonly settledEvent: () => Promise<number>;
  /** Which of the possible logs there is: see `StorageDriver.epoch`. */
  readonly epoch: number;
  /** Which streams moved lately. */
  readonly moves: RecentMoves;
  /** Which conversations users are in who are in many. */
  readonly followed: Followed;
  /** How much users have not read, over all their conversations. */
  readonly unread: UnreadTotals;
  /** Takes a name that one server has at a time: see `StorageDriver.claim`. */
  readonly claim: StorageDriver['claim'];
  readonly #gate: Gate | undefined;
  #interceptor: Interceptor | undefined;

  constructor(driver: StorageDriver, bus: Bus, clock: Scheduler, ownLimits: Limits = limits, gate?: Gate) {
    this.db = driver.reader;
    this.settledEvent = () => driver.settledEvent();
    this.epoch = driver.epoch;
    this.claim = (name, onLost) => driver.claim(name, onLost);
    this.clock = clock;
    this.limits = ownLimits;
    this.#gate = gate;
    this.moves = new RecentMoves((after, limit) => selectBeyond(this.db, after, limit));
    if (bus.onMoves) bus.onMoves((moves) => this.moves.take(moves));
    else if (driver.exclusive) bus.subscribe(({ events }) => this.moves.takeCommit(events));
    this.followed = new Followed(this.db);
    this.unread = new UnreadTotals(this, clock);
    this.queue = new CallQueue(driver, (events, woken) => bus.publish({ events, woken }));
  }

  /**
   * Runs a command; resolves when its change is on disk.
   *
   * @throws Refusal when the command said no
   * @throws StorageUnavailable when nothing has happened that may well go another time
   * @throws OutcomeUnknown when nobody can say whether it has
   */
  async run<Input, Output>(
    command: Command<Input, Output>,
    actor: Actor,
    input: Input,
    idempotency?: IdempotencyKey,
  ): Promise<Output> {
    if (this.#gate) await this.#gate.admit(command.name, actor, input);
    const run = { command, actor, input, idempotency };
    const answer = this.#interceptor
      ? this.#interceptor(run, (given) => this.#submit({ ...run, input: given }))
      : this.#submit(run);
    return answer as Promise<Output>;
  }

  /** @param interceptor asked about every run from now on; there is one at most */
  intercept(interceptor: Interceptor): void {
    if (this.#interceptor) throw new Error('There is an interceptor already.');
    this.#interceptor = interceptor;
  }

  /**
   * Finds out what a command would do, without doing it.
   *
   * @throws Refusal when the command would say no
   */
  rehearse(run: Run): Promise<Rehearsed> {
    return this.#submit(run, true) as Promise<Rehearsed>;
  }

  async #submit({ command, actor, input, idempotency }: Run, rehearsal = false): Promise<unknown> {
    const call = {
      command: command.name,
      actor,
      input,
      now: this.clock.now(),
      ...(idempotency && { idempotency }),
      ...(rehearsal && { rehearsal }),
    } as const;
    const { urgent, signOfLife: isSignOfLife } = command;
    const isUrgent = typeof urgent === 'function' ? urgent(input) : urgent;
    const manner = { apart: command.apart?.(input), isUrgent, isSignOfLife };
    const outcome = await this.queue.submit(command.orderKey(input), call, manner);
    if (outcome.ok) return outcome.value;
    if ('refusal' in outcome) {
      throw new Refusal(outcome.refusal.code as Refusal['code'], outcome.refusal.holes);
    }
    if ('unavailable' in outcome)
      throw new (outcome.unknown ? OutcomeUnknown : StorageUnavailable)(outcome.unavailable);
    throw new Error(outcome.fault);
  }
}

/** The key under which a caller's repeated requests are recognised. */
export function idempotencyOf(actor: Actor, key: string | undefined): IdempotencyKey | undefined {
  if (key === undefined) return undefined;
  return { scope: actor.kind === 'user' ? actor.user : actor.account, key };
}
