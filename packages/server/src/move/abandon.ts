import { join } from 'node:path';
import { OperateError } from '../operate/operate-error.ts';
import { movedSentence, readMarker, removeMarker } from '../storage/moved-marker.ts';
import { databaseFile } from '../storage/sqlite/database-file.ts';
import { tryLockFile } from '../storage/sqlite/lock.ts';
import { ChangeNotes } from './changes.ts';
import { isBeingFilled } from './target.ts';

/**
 * Gives up a move that has not come to its end: the old database is as it was before, and servers may use it.
 *
 * @param url of the new database, if it was said
 * @throws OperateError when the move is done, or nobody can tell: what was written to the new database would be lost
 * @throws StorageUnavailable when that has to be asked and cannot be reached
 */
export async function abandonMove(dataDir: string, url: string | undefined): Promise<void> {
  const marker = readMarker(dataDir);
  // The last step of a move holds the directory from before there is a marker.
  const unlock = marker && tryLockFile(join(dataDir, 'lock'));
  if (marker && !unlock) throw atLastStep();
  try {
    if (marker && !(url !== undefined && (await isBeingFilled(url, marker.id)))) {
      throw new OperateError(movedSentence(dataDir, marker));
    }
    const notes = new ChangeNotes(join(dataDir, databaseFile));
    try {
      notes.remove({ isMoved: false }, () => {
        if (!marker && readMarker(dataDir)) throw atLastStep();
      });
    } finally {
      notes.close();
    }
    // Last: whoever is stopped before gives it up once more.
    if (marker) removeMarker(dataDir);
  } finally {
    unlock?.();
  }
}

function atLastStep(): OperateError {
  return new OperateError('A move of these data is at its last step: let it come to its end.');
}
