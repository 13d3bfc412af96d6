import { lstatSync, mkdirSync, renameSync, rmSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { OperateError } from '../operate/operate-error.ts';

/** A directory that gets its name when all is in it. */
export interface Draft {
  path: string;
  /** Gives it its name. */
  finish(): void;
  discard(): void;
}

/**
 * Makes a directory for a backup, which its owner alone can look into. It may be in a folder where others make names, too:
 * what is there already is never taken for our own.
 *
 * @param directory a new one
 * @throws OperateError when it is there, or somebody else's, or cannot be made
 */
export function openDraft(directory: string): Draft {
  try {
    return makeDraft(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof OperateError || code === undefined) throw error;
    throw new OperateError(`${directory} cannot be made (${code}): name a new directory where this user may write.`, 2);
  }
}

function makeDraft(directory: string): Draft {
  const path = `${directory}.part`;
  if (statOf(directory)) throw new OperateError(`${directory} is there already; name a new directory.`, 2);
  mkdirSync(dirname(directory), { recursive: true, mode: 0o700 });
  const left = statOf(path);
  if (left && !(left.isDirectory() && isOurs(left))) {
    throw new OperateError(`${path} is in the way, and no backup that this user has begun: name another directory.`, 2);
  }
  rmSync(path, { recursive: true, force: true });
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new OperateError(`Somebody else has just made ${path}: name another directory.`);
  }
  const made = lstatSync(path);
  const isStill = () => {
    const now = statOf(path);
    return now?.ino === made.ino && now.dev === made.dev;
  };
  return {
    path,
    finish: () => {
      if (!isStill()) throw new OperateError(`Somebody has put another directory in the place of ${path}.`);
      try {
        renameSync(path, directory);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'ENOTDIR' && code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
        throw new OperateError(`Somebody else has made ${directory} meanwhile: name another directory.`);
      }
    },
    discard: () => {
      if (isStill()) rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Of the name itself, wherever it leads if it is a link. */
function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** Windows has no such numbers. */
function isOurs({ uid }: Stats): boolean {
  return process.getuid === undefined || uid === process.getuid();
}
