import type { Sid } from '@colloquy/protocol';
import type { Logger } from 'pino';
import { loadAccount } from '../../core/accounts/actions.ts';
import { Overloaded } from '../../core/call-queue.ts';
import type { Core } from '../../core/core.ts';
import { clockNote } from '../../core/database-clock.ts';
import { probeStorage } from '../../core/probe.ts';
import { ToldLately } from '../logs/told-lately.ts';

/** How long the storage may take to answer; milliseconds. Load balancers wait a little longer. */
const deadline = 2000;
/** A full queue is one that moves, unless nothing was written for so long; milliseconds. */
const stillFor = 5000;
/** However many ask, the storage is asked as often; milliseconds. */
const goodFor = 1000;

/** Can the server do its work, and if not why. Sentences are for everybody to read: no names, no addresses. */
export interface Verdict {
  status: 'ready' | 'not ready';
  /** What keeps it from working. */
  problems: string[];
  /** What is not as it should be, without keeping it from working. */
  notes: string[];
}

export interface ReadinessOptions {
  core: Core;
  account: Sid<'AC'>;
  logger: Logger;
  isBusAway: () => boolean;
  /** By how much the machine's clock is ahead of the one that is used; milliseconds. */
  clockAhead: () => number;
}

/** Finds out whether the server can do its work: read, write, and take more of it. */
export class Readiness {
  readonly #options: ReadinessOptions;
  readonly #probes: readonly Probe[];
  #stopping = false;
  #known: Promise<string[]> = Promise.resolve([]);
  #until = Number.NEGATIVE_INFINITY;
  #said = '';
  /** How many changes had been written when the queue was first found full, and when that was. */
  #still: { written: number; since: number } | undefined;

  constructor(options: ReadinessOptions) {
    const { core, account } = options;
    const actor = { kind: 'system', account } as const;
    this.#options = options;
    this.#probes = [
      new Probe('read', options, () => loadAccount(core.db, account)),
      new Probe(
        'written to',
        options,
        () => core.run(probeStorage, actor, undefined),
        () => core.queue.committed,
      ),
    ];
  }

  /** From now on the server is not ready, since it is about to stop. */
  stop(): void {
    this.#stopping = true;
  }

  async ask(): Promise<Verdict> {
    const { core, isBusAway, clockAhead, logger } = this.#options;
    const problems: string[] = [];
    if (this.#stopping) problems.push('The server is stopping.');
    else {
      // One that was found wanting long ago may have come to rest.
      if (core.clock.now() >= this.#until || core.clock.now() < this.#until - goodFor) {
        this.#until = core.clock.now() + goodFor;
        this.#known = Promise.all(this.#probes.map((probe) => probe.try())).then((all) => all.filter(isText));
      }
      problems.push(...(await this.#known));
      if (this.#isStuck()) problems.push(overloaded);
    }
    const busNote = isBusAway() ? 'NATS is away: news from the other servers come about a second late.' : undefined;
    const notes = [busNote, clockNote(clockAhead())].filter(isText);
    const text = [...problems, ...notes].join(' ');
    if (text !== this.#said) {
      this.#said = text;
      if (problems.length > 0) logger.warn({ problems, notes }, 'the server is not ready');
      else logger.info({ notes }, 'the server is ready');
    }
    return { status: problems.length === 0 ? 'ready' : 'not ready', problems, notes };
  }

  /** Do as many changes wait as can, and is none of them written? */
  #isStuck(): boolean {
    const { queue, clock } = this.#options.core;
    if (!queue.isFull) this.#still = undefined;
    else if (this.#still?.written !== queue.committed) this.#still = { written: queue.committed, since: clock.now() };
    return this.#still !== undefined && clock.now() - this.#still.since >= stillFor;
  }
}

/**
 * A full queue alone is no reason to send nobody here: who has too much is turned away call by call, and the next server
 * would only be as full soon.
 */
const overloaded = 'Too many changes wait to be written.';

function isText(text: string | undefined): text is string {
  return text !== undefined;
}

/** One thing that the storage has to do. */
class Probe {
  readonly #what: string;
  readonly #options: ReadinessOptions;
  readonly #run: () => Promise<unknown>;
  readonly #progress: () => number;
  #underWay: Promise<string | undefined> | undefined;
  readonly #told: ToldLately;
  /** What came of the last try, where that failed. */
  #failed: string | undefined;

  /**
   * @param what completes "The storage cannot be …"
   * @param progress grows when others have done the same
   */
  constructor(what: string, options: ReadinessOptions, run: () => Promise<unknown>, progress = () => 0) {
    this.#what = what;
    this.#progress = progress;
    this.#options = options;
    this.#told = new ToldLately(options.core.clock);
    this.#run = run;
  }

  /** @returns what is wrong */
  try(): Promise<string | undefined> {
    const { clock } = this.#options.core;
    // One that hangs is waited for, and no other put behind it.
    this.#underWay ??= this.#once().finally(() => {
      this.#underWay = undefined;
    });
    const { promise: late, resolve } = Promise.withResolvers<string | undefined>();
    const before = this.#progress();
    const callOff = clock.at(clock.now() + deadline, () => {
      // One that waits behind many others is late, and these show as well that it can be done.
      const isDone = this.#progress() !== before;
      const late = `The storage could not be ${this.#what} within ${deadline / 1000} seconds.`;
      // As long as the next try takes, what is known is what the last one met.
      resolve(isDone ? undefined : (this.#failed ?? late));
    });
    return Promise.race([this.#underWay, late]).finally(callOff);
  }

  async #once(): Promise<string | undefined> {
    try {
      await this.#run();
      this.#failed = undefined;
      return undefined;
    } catch (error) {
      // The queue is looked at by itself.
      if (error instanceof Overloaded) return undefined;
      if (!this.#told.has(error)) this.#options.logger.warn({ error }, `the storage cannot be ${this.#what}`);
      this.#failed = `The storage cannot be ${this.#what}: it is full, broken or away.`;
      return this.#failed;
    }
  }
}
