import { accessSync, constants, mkdirSync } from 'node:fs';
import { StartError } from './start-error.ts';

/**
 * Makes the directory, readable by its owner alone, unless it is there.
 *
 * @returns whether it was made
 * @throws StartError when it cannot be made or written to
 */
export function prepareDataDirectory(path: string): boolean {
  try {
    const made = mkdirSync(path, { recursive: true, mode: 0o700 }) !== undefined;
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
