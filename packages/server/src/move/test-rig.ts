import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Moved, moveToPostgres } from './move.ts';

/**
 * Moves in small pages.
 *
 * @param told gets whatever is said on the way
 * @param onWord is told of it as well
 */
export function moveTelling(
  place: { dataDir: string; url: string },
  told: string[],
  onWord: (text: string) => void = () => {},
): Promise<Moved | undefined> {
  const hear = (text: string) => {
    told.push(text);
    onWord(text);
  };
  return moveToPostgres({ ...place, say: hear, tell: hear, stopped: () => false, pageSize: 3 });
}

/** What in the database of a directory notes changes. */
export function notingIn(dataDir: string): unknown[] {
  const database = new DatabaseSync(join(dataDir, 'colloquy.db'));
  try {
    return database.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").all();
  } finally {
    database.close();
  }
}
