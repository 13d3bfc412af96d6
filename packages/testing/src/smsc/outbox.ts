/** What an account has to be told: kept until it was answered, over all binds that come and go. */
import { type Body, classify, NoAnswer, type Scheduler, type Session } from '@colloquy/smpp';

interface Item {
  body: Partial<Body<'deliver_sm'>>;
  /** Which of the sessions it is for; any, where that is gone. */
  choose(sessions: readonly Session[]): Session | undefined;
  done(status: number): void;
}

/** Without an answer, at a time. */
const window = 10;
const retryMs = 1000;

export class Outbox {
  readonly #clock: Scheduler;
  readonly #sessions: () => readonly Session[];
  readonly #waiting: Item[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #resting = false;

  /** @param sessions those that it can be told through, now */
  constructor(clock: Scheduler, sessions: () => readonly Session[]) {
    this.#clock = clock;
    this.#sessions = sessions;
  }

  /** What is not answered yet. */
  get size(): number {
    return this.#waiting.length + this.#underWay.size;
  }

  /**
   * @returns the answer's `command_status`, once there is one that is no request to try again
   */
  add(body: Item['body'], choose: Item['choose'] = (sessions) => sessions[0]): Promise<number> {
    return new Promise((done) => {
      this.#waiting.push({ body, choose, done });
      this.pump();
    });
  }

  get busy(): boolean {
    return this.#underWay.size > 0;
  }

  /** Resolves when nothing is without an answer, save what waits for the clock or for a session. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** To be called when there is another session. */
  pump(): void {
    while (!this.#resting && this.#underWay.size < window && this.#waiting.length > 0) {
      const sessions = this.#sessions();
      const [item] = this.#waiting;
      const session = item && (item.choose(sessions) ?? sessions[0]);
      if (!item || !session) return;
      this.#waiting.shift();
      const under = this.#deliver(item, session).finally(() => {
        this.#underWay.delete(under);
        this.pump();
      });
      this.#underWay.add(under);
    }
  }

  async #deliver(item: Item, session: Session): Promise<void> {
    let again = false;
    try {
      const { status } = await session.request('deliver_sm', item.body);
      again = ['throttle', 'temporary'].includes(classify(status));
      if (!again) item.done(status);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      again = true;
    }
    if (!again) return;
    this.#waiting.unshift(item);
    this.#rest();
  }

  /** Whoever refuses, or is gone, is not asked again at once. */
  #rest(): void {
    if (this.#resting) return;
    this.#resting = true;
    this.#clock.at(this.#clock.now() + retryMs, () => {
      this.#resting = false;
      this.pump();
    });
  }
}
