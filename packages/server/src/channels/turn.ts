import type { SenderHost } from './channel.ts';

/** So often a server asks whose turn it is not yet; milliseconds. */
const askEvery = 15_000;

/** What is at work until it is stopped. */
export interface Worker {
  stop(): Promise<void>;
}

export interface Turns<W extends Worker> {
  /** Begins what this server does when it is its turn. */
  mine(): W | Promise<W>;
  /** What it does meanwhile; nothing when left out. */
  others?(): W | Promise<W>;
}

/**
 * What one server at a time does for a sender, of all that share the database: reading its mailbox, say. The others try
 * again and again, and one of them takes over when the first one stops, dies or loses touch with the database.
 */
export class Turn<W extends Worker> {
  readonly #host: Pick<SenderHost, 'claim' | 'clock' | 'logger'>;
  readonly #name: string;
  readonly #turns: Turns<W>;
  #current: W | undefined;
  #held: { lost: boolean; release(): Promise<void> } | undefined;
  #stopped = false;
  #callOff: () => void = () => {};
  #working: Promise<void> = Promise.resolve();

  /** @param name of the turn, among those of one sender */
  constructor(host: Pick<SenderHost, 'claim' | 'clock' | 'logger'>, name: string, turns: Turns<W>) {
    this.#host = host;
    this.#name = name;
    this.#turns = turns;
  }

  start(): void {
    this.#queue(() => this.#ask());
  }

  /** Ends what is at work, then lets others have the turn. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#callOff();
    this.#queue(() => this.#giveUp());
    await this.#working;
  }

  /** What is at work here. */
  get current(): W | undefined {
    return this.#current;
  }

  /** Resolves when it is clear whose turn it is. */
  async idle(): Promise<void> {
    await this.#working;
  }

  #queue(work: () => Promise<void>): void {
    this.#working = this.#working.then(work).catch((error) => {
      this.#host.logger.error({ error, turn: this.#name }, 'a turn among servers failed; it is tried again');
      if (!this.#stopped) this.#askLater();
    });
  }

  #askLater(): void {
    const { clock } = this.#host;
    this.#callOff();
    this.#callOff = clock.at(clock.now() + askEvery, () => this.#queue(() => this.#ask()));
  }

  async #ask(): Promise<void> {
    if (this.#stopped || this.#held) return;
    if (await this.#claim()) {
      try {
        await this.#replace(() => this.#turns.mine());
      } catch (error) {
        await this.#giveUp();
        throw error;
      }
      return;
    }
    this.#askLater();
    const { others } = this.#turns;
    if (!this.#current && others) await this.#replace(() => others());
  }

  async #claim(): Promise<boolean> {
    const held = { lost: false, release: async () => {} };
    const lose = () => {
      held.lost = true;
      if (this.#held === held) this.#queue(() => this.#startOver());
    };
    const release = await this.#host.claim(this.#name, lose).catch((error) => {
      this.#host.logger.warn({ error, turn: this.#name }, 'whose turn it is could not be found out');
    });
    if (!release || held.lost) return false;
    this.#held = Object.assign(held, { release });
    return true;
  }

  /** Somebody else may have it by now. */
  async #startOver(): Promise<void> {
    this.#held = undefined;
    await this.#replace(undefined);
    await this.#ask();
  }

  async #giveUp(): Promise<void> {
    try {
      await this.#replace(undefined);
    } finally {
      const held = this.#held;
      this.#held = undefined;
      if (held && !held.lost) await held.release();
    }
  }

  async #replace(begin: (() => W | Promise<W>) | undefined): Promise<void> {
    const former = this.#current;
    this.#current = undefined;
    await former?.stop();
    if (!begin || this.#stopped) return;
    this.#current = await begin();
  }
}
