/**
 * The keys of PostgreSQL's advisory locks that have one, so that none has another's. What lanes lock has keys that are made
 * of names (`lane.ts`), from the whole range of 64 bits.
 */

/** "clqy". Sets locks of names (`claims.ts`) apart from others in the database; they have two keys, and this is the first. */
export const claimFamily = 0x636c7179;

/** Servers that start at the same time bring the schema up to date one after the other. */
export const migrationKey = '1668050297';

/** "clqz". A backup that is put into a database holds it, and servers that start, these beside one another. */
export const restoreKey = '1668050298';

/** Of several moves into one database one is at work. */
export const moveKey = '1668050299';
