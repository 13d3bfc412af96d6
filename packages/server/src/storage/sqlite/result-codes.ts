/** SQLITE_CORRUPT and SQLITE_NOTADB */
const damaged: ReadonlySet<number> = new Set([11, 26]);

/** Does a code of SQLite say that what is in a file is no database, or not a whole one? */
export function isDamage(errcode: number): boolean {
  return damaged.has(errcode & 0xff);
}
