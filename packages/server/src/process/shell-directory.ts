import { relative, resolve } from 'node:path';

/** Where the reader's shell is: npm runs scripts in the repository's root and says here where that was. */
export const shellDirectory = process.env['INIT_CWD'] ?? process.cwd();

/** A path as one who is in a directory would write it. */
export function pathFrom(directory: string, path: string): string {
  const short = relative(directory, path);
  return short.startsWith('..') ? resolve(path) : short;
}

/** As one word of a POSIX shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
