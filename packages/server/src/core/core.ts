import { type Limits, limits } from '@colloquy/protocol';
import type { Bus } from '../bus/bus.ts';
import type { Db } from '../storage/db.ts';
import type { StorageDriver } from '../storage/driver.ts';
import type { Actor } from './actor.ts';
import type { Scheduler } from './clock.ts';
import type { Command } from './command.ts';
import type { IdempotencyKey } from './idempotency.ts';
import { Lanes } from './lanes.ts';
import { Refusal } from './refusal.ts';

/** Who has to let a change through before it is queued. */
export interface Gate {
  /** @throws Refusal when it may not be now */
  admit(command: string, actor: Actor, input: unknown): Promise<void>;
}

/** What the APIs call: `run` for changes, `db` for reading. */
export class Core {
  readonly db: Db;
  readonly clock: Scheduler;
  readonly lanes: Lanes;
  /** Of this server: commands have the same ones as `tx.limits`. */
  readonly limits: Limits;
  readonly #gate: Gate | undefined;

  constructor(driver: StorageDriver, bus: Bus, clock: Scheduler, ownLimits: Limits = limits, gate?: Gate) {
    this.db = driver.reader;
    this.clock = clock;
    this.limits = ownLimits;
    this.#gate = gate;
    this.lanes = new Lanes(driver, (events, woken) => bus.publish({ events, woken }));
  }

  /**
   * Runs a command; resolves when its change is on disk.
   *
   * @throws Refusal when the command said no
   */
  async run<Input, Output>(
    command: Command<Input, Output>,
    actor: Actor,
    input: Input,
    idempotency?: IdempotencyKey,
  ): Promise<Output> {
    if (this.#gate) await this.#gate.admit(command.name, actor, input);
    const outcome = await this.lanes.submit(command.lane(input), {
      command: command.name,
      actor,
      input,
      now: this.clock.now(),
      ...(idempotency && { idempotency }),
    });
    if (outcome.ok) return outcome.value as Output;
    if ('refusal' in outcome) {
      throw new Refusal(outcome.refusal.code as Refusal['code'], outcome.refusal.holes);
    }
    throw new Error(outcome.fault);
  }
}

/** The key under which a caller's repeated requests are recognised. */
export function idempotencyOf(actor: Actor, key: string | undefined): IdempotencyKey | undefined {
  if (key === undefined) return undefined;
  return { scope: actor.kind === 'user' ? actor.user : actor.account, key };
}
