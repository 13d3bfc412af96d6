import { once } from 'node:events';
import { OutcomeUnknown, StorageUnavailable } from '../connection.ts';
import type { Call, Committed } from '../driver.ts';
import { type StartedThread, startThread } from './start.ts';
import { type FromWriter, packBatch, unpackCommitted, type WriterData } from './wire.ts';
import type { Writer } from './writer.ts';

interface Waiting {
  resolve: (committed: Committed) => void;
  reject: (error: Error) => void;
}

export interface WriterThreadReports {
  /** Told of what failed for want of a working disk or database, whoever asked for it. */
  onTrouble?: ((error: Error) => void) | undefined;
  /**
   * Told when the thread is gone. It cannot come back with its state known: nothing can be written any more, so the
   * process has to end.
   */
  onLost?: ((error: Error) => void) | undefined;
}

/**
 * A thread for transactions. What they wait for, and hold meanwhile, does not depend on how busy this thread is with
 * requests; and the processor that commands need comes on top of this thread's.
 */
export class WriterThread implements Writer {
  readonly #worker: StartedThread;
  readonly #reports: WriterThreadReports;
  readonly #waiting = new Map<number, Waiting>();
  #number = 0;
  #dead: Error | undefined;
  #closing = false;

  /**
   * @param module that runs as the thread, and calls `serveWriter`: it knows the commands, the drivers do not
   * @throws Error in the words of the thread, when it cannot start
   */
  static async start(module: URL, data: WriterData, reports: WriterThreadReports = {}): Promise<WriterThread> {
    const worker = startThread(module, data);
    const ended = new AbortController();
    worker.once('exit', () => ended.abort());
    let first: FromWriter;
    try {
      [first] = (await once(worker, 'message', { signal: ended.signal })) as [FromWriter];
    } catch (error) {
      const isEarly = ended.signal.aborted;
      await worker.terminate();
      throw isEarly ? new Error('The writer thread ended.') : error;
    }
    // It has ended by now, or is about to.
    if ('startFailed' in first) {
      await worker.terminate();
      const { startFailed, errcode } = first;
      throw Object.assign(new Error(startFailed), errcode !== undefined && { errcode });
    }
    return new WriterThread(worker, reports);
  }

  private constructor(worker: StartedThread, reports: WriterThreadReports) {
    this.#worker = worker;
    this.#reports = reports;
    worker.on('message', (message: FromWriter) => this.#receive(message));
    worker.on('error', (error) => this.#lose(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => {
      if (!this.#closing) this.#lose(new Error('The writer thread ended.'));
    });
  }

  write(calls: readonly Call[]): Promise<Committed> {
    return new Promise((resolve, reject) => {
      if (this.#dead) return reject(new StorageUnavailable(this.#dead.message, { cause: this.#dead }));
      // First, since it may throw.
      const batch = packBatch(calls);
      this.#number += 1;
      this.#waiting.set(this.#number, { resolve, reject });
      this.#worker.postMessage({ batch, number: this.#number });
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (this.#dead) return;
    const exited = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.#worker.postMessage({ close: true });
    await exited;
  }

  #receive(message: FromWriter): void {
    if ('trouble' in message) this.#reports.onTrouble?.(new StorageUnavailable(message.trouble));
    if (!('number' in message)) return;
    const waiting = this.#waiting.get(message.number);
    this.#waiting.delete(message.number);
    if ('committed' in message) {
      waiting?.resolve(unpackCommitted(message.committed, message.data));
      return;
    }
    const error = new StorageUnavailable(message.failed);
    this.#reports.onTrouble?.(error);
    waiting?.reject(error);
  }

  #lose(error: Error): void {
    if (this.#dead) return;
    this.#dead = error;
    // It may have been just about to answer.
    for (const { reject } of this.#waiting.values()) reject(new OutcomeUnknown(error.message, { cause: error }));
    this.#waiting.clear();
    this.#reports.onLost?.(error);
  }
}
