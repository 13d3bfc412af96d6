import { chmodSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { OperateError } from '../operate/operate-error.ts';
import { whyOf } from '../process/own-words.ts';
import { syncDirectory } from '../storage/durable-file.ts';
import { tryLockFile } from '../storage/sqlite/lock.ts';

/** A directory that gets its name when all is in it. */
export interface Draft {
  path: string;
  /** Gives it its name. */
  finish(): void;
  discard(): void;
}

/**
 * Makes a directory for a backup, which its owner alone can look into. It may be in a folder where others make names, too:
 * what is there already is never taken for our own, but for what a backup has left that was cut off.
 *
 * @param directory a new one
 * @throws OperateError when it is there, or somebody else's, or another backup is being written to it, or it cannot be made
 */
export function openDraft(directory: string): Draft {
  try {
    return makeDraft(directory);
  } catch (error) {
    const why = whyOf(error);
    if (why === undefined) throw error;
    throw new OperateError(
      `${directory} cannot be made: ${why}. Name a new directory where this user may write and the disk has room.`,
      2,
    );
  }
}

function makeDraft(directory: string): Draft {
  const path = `${directory}.part`;
  if (statOf(directory)) throw new OperateError(`${directory} is there already; name a new directory.`, 2);
  const around = mkdirSync(dirname(directory), { recursive: true, mode: 0o700 });
  const isNew = make(path);
  const unlock = lock(path);
  // One that was just made is nobody else's, even where the file system has no locks.
  if (!unlock && !isNew) {
    throw new OperateError(
      `Another backup is being written to ${directory}: let it end, or name another directory. If none is, remove ${path}.`,
    );
  }
  for (const name of readdirSync(path)) {
    if (name !== lockFile) rmSync(join(path, name), { recursive: true, force: true });
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
      if (closesFirst) unlock?.();
      // Its files are on disk, each as it was written.
      syncFolders(path);
      try {
        renameSync(path, directory);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'ENOTDIR' && code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
        throw new OperateError(`Somebody else has made ${directory} meanwhile: name another directory.`);
      }
      unlock?.();
      rmSync(join(directory, lockFile), { force: true });
      for (const folder of foldersTo(directory, around)) trySync(folder);
    },
    discard: () => {
      if (closesFirst) unlock?.();
      if (isStill()) rmSync(path, { recursive: true, force: true });
      unlock?.();
    },
  };
}

/** All names in it, and in the folders of it. */
function syncFolders(path: string): void {
  for (const one of readdirSync(path, { withFileTypes: true }))
    if (one.isDirectory()) syncFolders(join(path, one.name));
  trySync(path);
}

/** Some file systems, as those of Windows shares, know no such call, and a folder of others may be one to write in alone. */
const cannotSync = ['EINVAL', 'ENOTSUP', 'EACCES', 'EPERM'];

/** A backup that is whole is not given up for its name, which is on disk soon after at the latest. */
function trySync(folder: string): void {
  try {
    syncDirectory(folder);
  } catch (error) {
    if (!cannotSync.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** Those in which a name is new. @param made the first of the folders around it that was not there; undefined: all were */
function foldersTo(directory: string, made: string | undefined): string[] {
  const folders = [dirname(directory)];
  for (let folder = dirname(directory); made !== undefined && folder.length >= made.length; folder = dirname(folder)) {
    folders.push(dirname(folder));
  }
  return folders;
}

/** @returns whether it was not there @throws OperateError when it is no directory of ours */
function make(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const left = statOf(path);
  if (left && !(left.isDirectory() && isOurs(left))) {
    throw new OperateError(`${path} is in the way, and no backup that this user has begun: name another directory.`, 2);
  }
  chmodSync(path, 0o700);
  return false;
}

/** Windows renames and removes no directory in which a file is open. Elsewhere nobody comes in between. */
const closesFirst = process.platform === 'win32';

/** In a draft, as long as somebody writes to it: locked, which ends with the process. */
const lockFile = 'lock';

/** @returns what gives it back; undefined where there is no lock to be had */
function lock(path: string): (() => void) | undefined {
  try {
    return tryLockFile(join(path, lockFile));
  } catch {
    return undefined;
  }
}

/** Of the name itself, wherever it leads if it is a link. */
function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** Windows has no such numbers. */
function isOurs({ uid }: Stats): boolean {
  return process.getuid === undefined || uid === process.getuid();
}
