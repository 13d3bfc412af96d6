/**
 * A program for the crash test: takes a file in, and is killed when half of it is on disk. Its argument is the data
 * directory.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openRig } from '../channels/test-rig.ts';

const directory = process.argv[2] ?? '';
const rig = await openRig(directory);
const media = join(directory, 'media');
const partOnDisk = () =>
  existsSync(media) && readdirSync(media, { recursive: true, encoding: 'utf8' }).some((name) => name.endsWith('.part'));

async function* halfOfIt(): AsyncGenerator<Uint8Array> {
  for (;;) {
    yield new Uint8Array(64 * 1024);
    if (partOnDisk()) process.kill(process.pid, 'SIGKILL');
    await new Promise(setImmediate);
  }
}

await rig.library.add(
  { kind: 'system', account: rig.account },
  {
    service: rig.service,
    category: 'media',
    filename: null,
    contentType: null,
    bytes: halfOfIt(),
    deceptive: 'refuse',
  },
  new AbortController().signal,
);
