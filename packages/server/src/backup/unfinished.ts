import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileDurably } from '../storage/durable-file.ts';

/**
 * In a data directory into which a backup is being put, until it is there: who starts a server meanwhile, or after that
 * was broken off, would have a new database beside a part of the old data.
 */
export const unfinishedFile = 'restore-unfinished.json';

export interface Unfinished {
  /** When it began; ISO 8601. */
  since: string;
}

export function readUnfinished(dataDir: string): Unfinished | undefined {
  const path = join(dataDir, unfinishedFile);
  if (!existsSync(path)) return undefined;
  return JSON.parse(readFileSync(path, 'utf8')) as Unfinished;
}

export function writeUnfinished(dataDir: string, unfinished: Unfinished): void {
  const text = `${JSON.stringify(unfinished, null, 2)}\n`;
  writeFileDurably(join(dataDir, unfinishedFile), text, { mode: 0o600, replace: true });
}

export function removeUnfinished(dataDir: string): void {
  rmSync(join(dataDir, unfinishedFile), { force: true });
}

/** What is said to whoever wants to use what was not restored to its end. */
export function unfinishedSentence(dataDir: string, { since }: Unfinished): string {
  return (
    `\`colloquy restore\` began at ${since} to put a backup into ${dataDir}, and has not come to its end. ` +
    'Let it end, or if it was broken off, run it again: it begins anew.'
  );
}
