import { join } from 'node:path';
import { markFile } from './mark-file.ts';

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

export const { read: readMarker, write: writeMarker, remove: removeMarker } = markFile<Marker>(markerFile);

/** What is said to whoever wants to use the database that was left. */
export function movedSentence(dataDir: string, { to, date }: Marker): string {
  return (
    `The data of ${dataDir} were moved to ${to} on ${date.slice(0, 10)} at ${date.slice(11, 16)} UTC.\n` +
    'Servers start on them with its address in COLLOQUY_DATABASE_URL (--database-url).\n' +
    `To go back to what was here before, and lose what was written there since, remove ${join(dataDir, markerFile)}.`
  );
}
