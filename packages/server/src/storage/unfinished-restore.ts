import { markFile } from './mark-file.ts';

export interface Unfinished {
  /** When it began; ISO 8601. */
  since: string;
}

/**
 * In a data directory into which a backup is being put, until it is there: who starts a server meanwhile, or after that
 * was broken off, would have a new database beside a part of the old data.
 */
export const {
  read: readUnfinished,
  write: writeUnfinished,
  remove: removeUnfinished,
} = markFile<Unfinished>('restore-unfinished.json');
