import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The files that a build takes in: everything below a folder but its tests, in order; of a file itself; of what is
 * not there none.
 *
 * @param {string} path
 * @returns {string[]}
 */
export function filesUnder(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return [];
  if (found.isFile()) return path.endsWith('.test.ts') || path.endsWith('.test.tsx') ? [] : [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}
