import type { Logger } from 'pino';
import { type Scheduler, schedulerBy } from './clock.ts';

/** How often the database is asked for the time; milliseconds. Quartz is wrong by less than 1 ms in that time. */
const askEvery = 10_000;
/** The first answers narrow down where the truth lies; after that, each can only make it better. */
const firstAnswers = 3;
/** Others that look at the machine's own clock, as those who read its logs, have to know of more; milliseconds. */
const tolerated = 1000;

export interface DatabaseClockOptions {
  /** Asks the database what time it is; milliseconds since 1970. */
  read: () => Promise<number>;
  logger: Logger;
  /** Counts milliseconds, whatever is done to the machine's clock. */
  monotonic?: () => number;
  /** The machine's own clock. */
  own?: () => number;
}

/**
 * The time as the database has it. Servers that share one compare times that others of them wrote: until when work is
 * lent, when it is to be done, when a conversation runs out, how old an answer is. With one clock for all of them it does
 * not matter what the machines' own say, nor when these jump.
 *
 * An answer came between the question and its arrival, so the truth lies in between, too. The clock is put no further
 * than into these bounds: a slow answer tells little, and moves nothing.
 */
export class DatabaseClock implements Scheduler {
  readonly #options: Required<DatabaseClockOptions>;
  readonly #timers: Scheduler;
  /** What is added to the monotonic clock; milliseconds. */
  #offset = 0;
  #callOff: () => void = () => {};
  #stopped = false;
  #isWrong = false;

  /** @throws StorageUnavailable when the database does not say */
  static async open(options: DatabaseClockOptions): Promise<DatabaseClock> {
    const clock = new DatabaseClock(options);
    const { least, most } = await clock.#ask();
    clock.#offset = (least + most) / 2;
    for (let answers = 1; answers < firstAnswers; answers += 1) clock.#put(await clock.#ask());
    clock.#judge();
    clock.#arm();
    return clock;
  }

  private constructor(options: DatabaseClockOptions) {
    this.#options = { monotonic: () => performance.now(), own: () => Date.now(), ...options };
    this.#timers = schedulerBy(() => this.now());
  }

  now(): number {
    return Math.floor(this.#options.monotonic() + this.#offset);
  }

  at(time: number, task: () => void): () => void {
    return this.#timers.at(time, task);
  }

  /** By how much the machine's own clock is ahead of the database's; milliseconds. */
  get ownAhead(): number {
    return this.#options.own() - this.now();
  }

  /** Asks now. While the database does not answer, the clock goes on as it went. */
  async look(): Promise<void> {
    try {
      this.#put(await this.#ask());
    } catch (error) {
      this.#options.logger.debug({ error }, 'the database did not say what time it is');
    }
    this.#judge();
  }

  stop(): void {
    this.#stopped = true;
    this.#callOff();
  }

  #arm(): void {
    if (this.#stopped) return;
    this.#callOff = this.at(this.now() + askEvery, () => void this.look().finally(() => this.#arm()));
  }

  /** @returns between what the offset lies in truth */
  async #ask(): Promise<{ least: number; most: number }> {
    const asked = this.#options.monotonic();
    const time = await this.#options.read();
    return { least: time - this.#options.monotonic(), most: time - asked };
  }

  #put({ least, most }: { least: number; most: number }): void {
    this.#offset = Math.min(Math.max(this.#offset, least), most);
  }

  #judge(): void {
    const ahead = this.ownAhead;
    const isWrong = Math.abs(ahead) > tolerated;
    if (isWrong === this.#isWrong) return;
    this.#isWrong = isWrong;
    const { logger } = this.#options;
    if (isWrong) logger.warn({ ahead }, "the clock of this machine is not the database's, whose time is used");
    else logger.info({ ahead }, "the clock of this machine agrees with the database's again");
  }
}

/** What people are told of a machine's clock. @param ahead of the database's, in milliseconds */
export function clockNote(ahead: number): string | undefined {
  if (Math.abs(ahead) <= tolerated) return undefined;
  const seconds = Math.round(Math.abs(ahead) / 1000);
  const wrong = `${seconds} ${seconds === 1 ? 'second' : 'seconds'} ${ahead > 0 ? 'ahead of' : 'behind'}`;
  return `The clock of this machine is ${wrong} that of the database, whose time is used.`;
}
