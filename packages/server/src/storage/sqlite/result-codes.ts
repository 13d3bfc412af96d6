/** What the result codes of SQLite tell, https://sqlite.org/rescode.html. */

/** Of the machine, not of the statement: busy, locked, no memory, read-only, I/O, full, cannot open. */
const unavailable: ReadonlySet<number> = new Set([5, 6, 7, 8, 10, 13, 14]);

/** SQLITE_CORRUPT and SQLITE_NOTADB */
const damaged: ReadonlySet<number> = new Set([11, 26]);

/** SQLITE_CONSTRAINT_PRIMARYKEY and SQLITE_CONSTRAINT_UNIQUE, which are extended codes. */
const unique: ReadonlySet<number> = new Set([1555, 2067]);

/** Is it not the fault of the statement? */
export function isUnavailable(errcode: number): boolean {
  return unavailable.has(primary(errcode));
}

/** Is what is in the file no database, or not a whole one? */
export function isDamage(errcode: number): boolean {
  return damaged.has(primary(errcode));
}

export function isNotUnique(errcode: number): boolean {
  return unique.has(errcode);
}

/** The lower byte is the code, the rest says more about it. */
function primary(errcode: number): number {
  return errcode & 0xff;
}
