/** A thread that serves one database after the other, in place of `writer-thread.ts`. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { serveCommands } from '../serve-commands.ts';
import type { WriterData } from '../storage/writer-thread/wire.ts';

export interface Opened {
  port: MessagePort;
  data: WriterData;
}

parentPort?.on('message', async ({ port, data }: Opened) => {
  port.once('close', () => parentPort?.postMessage('free'));
  await serveCommands(port, data);
});
