import { Worker } from 'node:worker_threads';
import type { Link, LinkState } from './link.ts';
import type { News, Order } from './link-thread.ts';

/** What a fault does to a link. */
export type Way = Pick<Link, 'port' | 'become' | 'close'>;

/**
 * Links in a thread of their own. What servers ask their database passes through them, dozens of times for a message: in the
 * harness's own thread each time would wait for whatever readers and writers are doing there, and for the journal.
 */
export class Links {
  readonly #worker: Worker;
  readonly #told = new Map<number, (news: News) => void>();
  #last = 0;

  constructor() {
    this.#worker = new Worker(new URL('./link-thread.ts', import.meta.url));
    this.#worker.on('message', (news: News) => {
      const number = 'opened' in news ? news.opened : news.closed;
      this.#told.get(number)?.(news);
    });
  }

  /** @param target port at which the other end is */
  async open(target: number): Promise<Way> {
    this.#last += 1;
    const number = this.#last;
    const opened = await this.#ask({ open: number, target }, number);
    return {
      port: (opened as Extract<News, { opened: number }>).port,
      become: (become: Partial<LinkState>) => this.#worker.postMessage({ of: number, become } satisfies Order),
      close: () => this.#ask({ of: number, close: true }, number),
    };
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(order: Order, number: number): Promise<News> {
    return new Promise((resolve) => {
      this.#told.set(number, resolve);
      this.#worker.postMessage(order);
    });
  }
}
