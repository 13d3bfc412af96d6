import { isDamage, isUnavailable } from './result-codes.ts';

/** What SQLite's own errors have, and those of ours that came of them. */
interface Told {
  errcode?: number;
  message: string;
  cause?: Told;
}

/** Is what is in the file no database, or not a whole one? */
export function isDamagedFile(error: unknown): error is Error {
  const errcode = errcodeOf(error);
  return errcode !== undefined && isDamage(errcode);
}

/** What is said of such a file. */
export function damagedFile(message: string, file = 'The database file itself'): string {
  return (
    `${file} is damaged: ${message}. Restore the newest backup that is whole, into an empty directory ` +
    '(docs/guides/backup.md).'
  );
}

/**
 * A sentence about a file of SQLite's that cannot be used.
 *
 * @returns undefined when the error is about something else
 */
export function describeUnusableFile(error: unknown, file: string): string | undefined {
  const errcode = errcodeOf(error);
  if (errcode === undefined) return undefined;
  const { message } = error as Told;
  if (isDamage(errcode)) return damagedFile(message, file);
  const advice = isUnavailable(errcode)
    ? 'See that this user may read and write it, and that the disk has room.'
    : 'It may be of another program, or of another version of the server.';
  return `${file} cannot be used: ${message}. ${advice}`;
}

/** SQLite's own, of an error of SQLite's or of ours that came of it. */
export function errcodeOf(error: unknown): number | undefined {
  const { errcode, cause } = error as Told;
  return errcode ?? cause?.errcode;
}
