import type { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ToWriter, WriterData } from './wire.ts';

/** What the main thread has of a writer's: as a `Worker`, it emits `message` with a `FromWriter`, `error` and `exit`. */
export interface StartedThread extends EventEmitter {
  postMessage(message: ToWriter): void;
  terminate(): Promise<unknown>;
}

/** In tests another one stands in its place, whose threads serve one database after the other. */
export function startThread(module: URL, data: WriterData): StartedThread {
  return new Worker(module, { workerData: data, name: 'writer' });
}
