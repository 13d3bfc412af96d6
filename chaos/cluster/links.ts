import { Worker } from 'node:worker_threads';
import type { LinkState } from './link.ts';
import type { Done, Order } from './link-thread.ts';

/** What a fault does to a link. */
export interface Way {
  readonly port: number;
  /** What is not named is good again. Where a promise is given, it is so once that is kept. */
  become(state: Partial<LinkState>): Promise<void> | void;
  close(): Promise<unknown>;
}

/**
 * Links in a thread of their own. What servers ask their database passes through them, dozens of times for a message: in the
 * harness's own thread each time would wait for whatever readers and writers are doing there, and for the journal.
 */
export class Links {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (done: Done) => void>();
  #links = 0;
  #orders = 0;

  constructor() {
    this.#worker = new Worker(new URL('./link-thread.ts', import.meta.url));
    this.#worker.on('message', (done: Done) => {
      this.#waiting.get(done.order)?.(done);
      this.#waiting.delete(done.order);
    });
  }

  /** @param target port at which the other end is */
  async open(target: number): Promise<Way> {
    this.#links += 1;
    const link = this.#links;
    const { port } = await this.#order({ link, open: target });
    return {
      port,
      become: async (become) => void (await this.#order({ link, become })),
      close: () => this.#order({ link, close: true }),
    };
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #order(what: Order): Promise<Done> {
    this.#orders += 1;
    const order = this.#orders;
    return new Promise((resolve) => {
      this.#waiting.set(order, resolve);
      this.#worker.postMessage({ ...what, order });
    });
  }
}
