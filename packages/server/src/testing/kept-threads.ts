import { EventEmitter } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { StartedThread } from '../storage/writer-thread/start.ts';
import type { ToWriter, WriterData } from '../storage/writer-thread/wire.ts';
import { writerUrl } from '../writer-url.ts';
import type { Opened } from './kept-thread.ts';

/** Seldom does a test have more of them at once. */
const most = 4;

const free: Worker[] = [];

/**
 * Stands in for the server's: a thread that has closed its database is kept for the next test. To start one and to load
 * its modules costs many times as much as all else that opens a core.
 */
export function startThread(module: URL, data: WriterData): StartedThread {
  // Some tests bring a thread of their own.
  if (module.href !== writerUrl.href) return new Worker(module, { workerData: data });
  return new KeptThread(free.pop() ?? new Worker(module, { name: 'writer' }), data);
}

/** The time that a thread is busy with one database. */
class KeptThread extends EventEmitter implements StartedThread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #fail = (error: unknown) => this.emit('error', error);
  readonly #exit = () => this.emit('exit');
  readonly #release = () => {
    this.#worker.off('error', this.#fail).off('exit', this.#exit).off('message', this.#release);
    if (free.length < most) free.push(this.#worker);
    else void this.#worker.terminate();
    this.#worker.unref();
    this.emit('exit');
  };

  constructor(worker: Worker, data: WriterData) {
    super();
    const { port1, port2 } = new MessageChannel();
    this.#worker = worker.on('error', this.#fail).on('exit', this.#exit).on('message', this.#release);
    this.#port = port1.on('message', (message) => this.emit('message', message));
    worker.ref();
    worker.postMessage({ port: port2, data } satisfies Opened, [port2]);
  }

  postMessage(message: ToWriter): void {
    this.#port.postMessage(message);
  }

  terminate(): Promise<unknown> {
    return this.#worker.terminate();
  }
}
