import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a file so that, whenever the machine stops, it is there whole or not at all, and is on disk on return.
 *
 * @param options.replace without it, a file that is there already stays as it is
 */
export function writeFileDurably(path: string, text: string, options: { mode: number; replace: boolean }): void {
  const draft = `${path}.${randomUUID()}`;
  try {
    const descriptor = openSync(draft, 'wx', options.mode);
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (options.replace) renameSync(draft, path);
    else linkUnlessThere(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
  syncDirectory(dirname(path));
}

function linkUnlessThere(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    // Some file systems have no hard links; there the one who comes last wins.
    renameSync(draft, path);
  }
}

/** A new name is on disk only once the directory is. Windows has no such call, and needs none. */
export function syncDirectory(path: string): void {
  if (process.platform !== 'win32') sync(path);
}

/** Has what is in a file, or which names are in a directory, on disk on return. */
export function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
