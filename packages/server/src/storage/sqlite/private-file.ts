import { closeSync, existsSync, openSync } from 'node:fs';

/**
 * Makes an empty file that its owner alone can read, unless it is there. The directory may be somebody's own, open to all;
 * SQLite would let everybody read the file, and gives its other files the same mode. One that is there is not opened:
 * closing it would end what SQLite has locked of it in this process.
 */
export function makePrivate(file: string): void {
  if (existsSync(file)) return;
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    // Another process came first.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
