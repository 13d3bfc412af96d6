import { Worker } from 'node:worker_threads';
import { type Mail, type MailFile, readMail, unreadMail } from './mail.ts';

/** Bytes. Of as many, those that make the most work take some 100 ms to read, in which nothing else of the server would go on. */
const large = 32 * 1024;
/** Those that take long wait for each other, and not the rest for them; bytes. */
const huge = 1024 * 1024;
/** How long reading may take, by real time: usual ones take a second for each ten megabytes. Milliseconds. */
const patience = 10_000;
const patiencePerMegabyte = 1000;
/**
 * What reading makes of each line and each part takes many times its bytes: a mail of nothing else would take gigabytes, and
 * the whole process with it, threads or not. Lines of files have 76 characters.
 */
const shortestLines = 40;
const fewLines = 200_000;
const mostParts = 10_000;

const thread = new URL(`./reading-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

const last: { [size in 'large' | 'huge']: Promise<unknown> } = { large: Promise.resolve(), huge: Promise.resolve() };

/**
 * As `readMail`, with large mails read in a thread, one after the other. Never throws either: of one that takes too long or
 * would take too much, the source stands for the text.
 */
export function readMailAside(source: Buffer, limit = limitOf(source)): Promise<Mail> {
  if (source.length < large) return readMail(source);
  if (isBomb(source)) return Promise.resolve(unreadMail(source));
  const size = source.length < huge ? 'large' : 'huge';
  const reading = last[size].then(() => readInThread(source, limit)).catch(() => unreadMail(source));
  last[size] = reading;
  return reading;
}

function limitOf({ length }: Buffer): number {
  return patience + (patiencePerMegabyte * length) / huge;
}

function isBomb(source: Buffer): boolean {
  const mostLines = Math.max(fewLines, source.length / shortestLines);
  let parts = 0;
  let lines = 0;
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) {
    lines += 1;
    if (source[at + 1] === dash && source[at + 2] === dash) parts += 1;
    if (lines > mostLines || parts > mostParts) return true;
  }
  return false;
}

const dash = 0x2d;

function readInThread(source: Buffer, limit: number): Promise<Mail> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(thread, { workerData: source });
    const tooLong = setTimeout(() => void worker.terminate(), limit);
    worker.once('message', (mail: Omit<Mail, 'source'>) => {
      resolve({ ...mail, source, files: mail.files.map(asBuffer), reports: mail.reports.map(asBuffer) });
    });
    worker.once('error', reject);
    worker.once('exit', () => {
      clearTimeout(tooLong);
      reject(new Error('The thread ended without an answer.'));
    });
  });
}

/** What comes from a thread are plain bytes. */
function asBuffer(file: MailFile): MailFile {
  const { buffer, byteOffset, byteLength } = file.bytes;
  return { ...file, bytes: Buffer.from(buffer, byteOffset, byteLength) };
}
