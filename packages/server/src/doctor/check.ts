import type { Db } from '../storage/db.ts';

/** Something that should not be so. */
export interface Finding {
  /** What it is about, as a person would look for it: `conversation CH…`. */
  where: string;
  /** A sentence. */
  problem: string;
  /** Sentences: what to do about it. */
  remedy: string;
}

/** What came of a look at some rows. */
export interface Looked {
  findings: Finding[];
  /** How many rows were looked at. */
  rows: number;
  /** Where to go on; null at the end. */
  next: string | null;
}

/** Rules about one kind of rows, held against all of them, some at a time. */
export interface Check {
  name: string;
  /** What it sees to, a part of a sentence: `colloquy doctor --list` says it. */
  about: string;
  /** Reads as much as all others together: what was written, compared with the log. */
  thorough?: true;
  /**
   * Looks at the rows that come next. All it reads is of one moment, so that what happens meanwhile is no finding.
   *
   * @param after what the look before this one gave; the empty text at first
   */
  look(db: Db, after: string): Promise<Looked>;
}

export const restoreBackup =
  'Restore the newest backup that is whole, and report this as a fault of the server: no request can bring it about.';

/** @param statement SQL that puts it right */
export function mend(statement: string): string {
  return `Stop the server, make a backup, and run: ${statement};`;
}

/** For an SQL statement that a person is shown. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The end of a look: where the rows were as many as asked for, there may be more. */
export function looked(findings: Finding[], rows: number, pageSize: number, last: string | undefined): Looked {
  return { findings, rows, next: rows < pageSize ? null : (last ?? null) };
}
