import { Worker } from 'node:worker_threads';
import { type Mail, type MailFile, readMail } from './mail.ts';

/** Bytes. To read as much takes some 50 ms, in which nothing else of the server would go on. */
const large = 256 * 1024;

const thread = new URL(`./reading-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

let last: Promise<unknown> = Promise.resolve();

/** As `readMail`, with large mails read in a thread: one at a time, since they take memory. Never throws either. */
export function readMailAside(source: Buffer): Promise<Mail> {
  if (source.length < large) return readMail(source);
  const reading = last.then(() => readInThread(source));
  last = reading.catch(() => undefined);
  // Without threads it is read all the same.
  return reading.catch(() => readMail(source));
}

function readInThread(source: Buffer): Promise<Mail> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(thread, { workerData: source });
    worker.once('message', (mail: Omit<Mail, 'source'>) => {
      resolve({ ...mail, source, files: mail.files.map(asBuffer), reports: mail.reports.map(asBuffer) });
    });
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('The thread ended without an answer.')));
  });
}

/** What comes from a thread are plain bytes. */
function asBuffer(file: MailFile): MailFile {
  const { buffer, byteOffset, byteLength } = file.bytes;
  return { ...file, bytes: Buffer.from(buffer, byteOffset, byteLength) };
}
