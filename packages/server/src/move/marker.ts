import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileDurably } from '../storage/durable-file.ts';

/** In a data directory whose database was moved: who starts a server on the old file would write beside the new one. */
export const markerFile = 'moved-to-postgres.json';

export interface Marker {
  /** Of the move. */
  id: string;
  /** The new database, without its password. */
  to: string;
  /** ISO 8601. */
  date: string;
}

export function readMarker(dataDir: string): Marker | undefined {
  const path = join(dataDir, markerFile);
  if (!existsSync(path)) return undefined;
  return JSON.parse(readFileSync(path, 'utf8')) as Marker;
}

export function writeMarker(dataDir: string, marker: Marker): void {
  const text = `${JSON.stringify(marker, null, 2)}\n`;
  writeFileDurably(join(dataDir, markerFile), text, { mode: 0o600, replace: true });
}

export function removeMarker(dataDir: string): void {
  rmSync(join(dataDir, markerFile), { force: true });
}

/** What is said to whoever wants to use the database that was left. */
export function movedSentence(dataDir: string, { to, date }: Marker): string {
  return (
    `The data of ${dataDir} were moved to ${to} (${date}): give its address with --database-url (COLLOQUY_DATABASE_URL). ` +
    `To go back to what was here before, and lose what was written there since, remove ${join(dataDir, markerFile)}.`
  );
}
