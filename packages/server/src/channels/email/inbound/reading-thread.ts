/** Runs as a thread of its own, for one mail: see `read-aside.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Mail, readMail } from './mail.ts';

const { source: _, ...mail } = await readMail(Buffer.from(workerData as Uint8Array));
parentPort?.postMessage(mail satisfies Omit<Mail, 'source'>);
