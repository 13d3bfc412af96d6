import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FloorMessage } from './floor-writer.ts';

interface Queued {
  message: FloorMessage;
  resolve: (index: number) => void;
}

/** The floor of durable messages, from the side that calls it: what waits goes together, as in `core/call-queue.ts`. */
export class FloorStore {
  readonly conversations: readonly string[];
  readonly #worker: Worker;
  #queue: Queued[] = [];
  #underWay: Queued[] = [];
  #scheduled = false;
  #last = Date.now() * 1000;

  static async open(directory: string, conversations: number): Promise<FloorStore> {
    const sids = Array.from({ length: conversations }, (_unused, n) => `CH${n.toString(16).padStart(32, '0')}`);
    const worker = new Worker(new URL('./floor-writer.ts', import.meta.url), {
      workerData: { file: join(directory, 'floor.db'), conversations: sids },
    });
    await new Promise((resolve) => worker.once('message', resolve));
    return new FloorStore(worker, sids);
  }

  private constructor(worker: Worker, conversations: readonly string[]) {
    this.#worker = worker;
    this.conversations = conversations;
    worker.on('message', (indexes: number[]) => {
      const done = this.#underWay;
      this.#underWay = [];
      this.#schedule();
      done.forEach(({ resolve }, at) => {
        resolve(indexes[at] as number);
      });
    });
  }

  append(conversation: string, author: string, body: string): Promise<number> {
    this.#last += 1;
    const sid = `IM${this.#last.toString(16).padStart(32, '0')}`;
    return new Promise((resolve) => {
      this.#queue.push({ message: { sid, conversation, author, body }, resolve });
      this.#schedule();
    });
  }

  async close(): Promise<void> {
    const exited = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.#worker.postMessage('close');
    await exited;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#underWay.length > 0 || this.#queue.length === 0) return;
      this.#underWay = this.#queue;
      this.#queue = [];
      this.#worker.postMessage(this.#underWay.map(({ message }) => message));
    });
  }
}
