import type { MessagePort } from 'node:worker_threads';
import { errcodeOf } from '../sqlite/unusable.ts';
import { type FromWriter, packCommitted, type ToWriter, unpackBatch } from './wire.ts';
import type { Writer } from './writer.ts';

/**
 * The thread's side of `WriterThread`.
 *
 * @param port to the main thread; closed in the end
 * @param open opens the writer; what it reports by the function it gets is told to the main thread
 */
export async function serveWriter(
  port: MessagePort,
  open: (onTrouble: (message: string) => void) => Promise<Writer>,
): Promise<void> {
  const tell = (message: FromWriter) => port.postMessage(message);
  let writer: Writer;
  try {
    writer = await open((trouble) => tell({ trouble }));
  } catch (error) {
    tell({ startFailed: wordsOf(error), errcode: errcodeOf(error) });
    return;
  }
  port.on('message', async (message: ToWriter) => {
    if ('close' in message) {
      await writer.close();
      port.close();
      return;
    }
    const { number, batch } = message;
    try {
      tell({ number, ...packCommitted(await writer.write(unpackBatch(batch))) });
    } catch (error) {
      tell({ number, failed: wordsOf(error) });
    }
  });
  tell({ ready: true });
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
