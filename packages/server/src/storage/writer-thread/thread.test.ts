import { expect, test } from 'vitest';
import { WriterThread } from './thread.ts';

/** As the writer does when it cannot open its database: it says why, and ends, which are often heard of at once. */
const failing = new URL(
  `data:text/javascript,${encodeURIComponent(
    "import { parentPort } from 'node:worker_threads'; parentPort.postMessage({ startFailed: 'no disk', errcode: 14 });",
  )}`,
);

test('Why a thread cannot start is heard, whether it has ended by then or not.', async () => {
  const said = async () => WriterThread.start(failing, { file: 'none', now: 0 }).catch((error) => error);
  for (let times = 0; times < 20; times += 1) {
    expect(await said()).toMatchObject({ message: 'no disk', errcode: 14 });
  }
});

test('A thread that ends without a word is said to have ended.', async () => {
  const silent = new URL('data:text/javascript,');
  await expect(WriterThread.start(silent, { file: 'none', now: 0 })).rejects.toThrow('The writer thread ended.');
});
