import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { syncDirectory, writeFileDurably } from '../../storage/durable-file.ts';

/** Windows has neither, and no such files. */
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** In a directory of media, beside the files. */
export const directoryIdFile = 'directory-id';

const form = /^[0-9a-f-]{36}\n$/;
/** How long somebody else may take to write it, in milliseconds, and how often is looked. */
const patience = 3000;
const pause = 50;

/**
 * Which of all directories it is, by whatever path it is reached: an id in a file of it. Whoever comes first makes it, and
 * others that come at the same moment, on other machines as well, have the same.
 *
 * @param directory made when it is not there
 * @throws what the system says when it cannot be read or made
 */
export async function directoryIdOf(directory: string, waitFor = patience): Promise<string> {
  const path = join(directory, directoryIdFile);
  const known = read(path);
  if (known !== undefined) return known;
  const made = mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (made !== undefined) syncDirectory(dirname(made));
  const id = `${randomUUID()}\n`;
  if (make(path, id)) return id.trim();
  for (let waited = 0; waited <= waitFor; waited += pause) {
    const theirs = read(path);
    if (theirs !== undefined) return theirs;
    await setTimeout(pause);
  }
  // Whoever was first has not come to its end, as when the machine stopped.
  writeFileDurably(path, id, { mode: 0o600, replace: true });
  return id.trim();
}

/** @returns undefined when it is not there, or not whole */
function read(path: string): string | undefined {
  try {
    const text = readPlain(path);
    return form.test(text) ? text.trim() : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whatever somebody has put there: a pipe would be waited for, a device has no end, a link leads elsewhere. */
function readPlain(path: string): string {
  const descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    if (!fstatSync(descriptor).isFile()) throw new Error(`${path} is no plain file.`);
    const start = Buffer.alloc(64);
    return start.toString('utf8', 0, readSync(descriptor, start, 0, start.length, 0));
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Under its own name at once, and not as a draft that gets it: where a file system has no hard links, as those of Windows
 * shares, two drafts would both get it, one after the other.
 *
 * @returns false when it is there
 */
function make(path: string, text: string): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  syncDirectory(dirname(path));
  return true;
}
