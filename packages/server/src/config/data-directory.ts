import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StartError } from './start-error.ts';

/**
 * Makes the directory, readable by its owner alone, unless it is there.
 *
 * @returns whether it was made
 * @throws StartError when it cannot be made or written to
 */
export function prepareDataDirectory(path: string): boolean {
  try {
    const made = makeDirectory(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return made;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(
      `The data directory ${path} cannot be made or written to (${code}); give another with --data-dir ` +
        '(COLLOQUY_DATA_DIR), or let this user write there.',
    );
  }
}

/** Folders above it as well. Node's own way of it never ends where a folder that is there says that it is not, as in `/proc`. */
function makeDirectory(path: string): boolean {
  if (isDirectory(path)) return false;
  makeDirectory(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    // Another server that starts has made it meanwhile.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && isDirectory(path)) return false;
    throw error;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
