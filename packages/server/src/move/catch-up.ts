import type { Value } from '../storage/connection.ts';
import type { Snapshots } from '../storage/snapshots.ts';
import { keyOf, type Row, readPage, type Table, tables } from '../storage/tables.ts';
import { changesAfter } from './changes.ts';
import { difference, requireSame } from './compare.ts';
import { Keys, rowsOf } from './keyed.ts';
import type { Target } from './target.ts';

export interface Copying {
  pageSize: number;
  /** How many rows of a table are copied. */
  say(table: Table, rows: number): void;
  stopped(): boolean;
}

/** Copies the tables, from where an earlier run has left off. Each page is of a moment of its own; what changes is noted. */
export async function copyTables(
  source: Snapshots,
  target: Target,
  { pageSize, say, stopped }: Copying,
): Promise<void> {
  for (const table of tables) {
    let rows = 0;
    for (;;) {
      const after: Value[] | null | undefined = target.progress.copied[table.name];
      if (after === null || stopped()) break;
      const page = await source.within((db) => readPage(db, table, after, pageSize));
      const last = page.length < pageSize ? undefined : page.at(-1);
      await target.copy(table, page, last ? keyOf(table, last) : null);
      rows += page.length;
      say(table, rows);
    }
  }
}

const changesAtOnce = 2000;
/** Rows that stand in each other's way are at most of two moments; so they are through with the second try. */
const mostTries = 20;

/** Makes the changes that were noted, a piece of them, and reads back what came of it. @returns how many there were */
export async function makeChanges(source: Snapshots, target: Target): Promise<number> {
  const { applied, later } = target.progress;
  const { changes, keys, rows } = await source.within(async (db) => {
    const changes = await changesAfter(db, target.move, applied, changesAtOnce);
    const keys = new Keys();
    for (const { table, key } of changes) keys.add(table, key);
    for (const [name, key] of later) {
      const table = tables.find((one) => one.name === name);
      if (table) keys.add(table, key);
    }
    const rows = new Map<Table, Row[]>();
    for (const [table, some] of keys) rows.set(table, await rowsOf(db, table, some));
    return { changes, keys, rows };
  });
  if (keys.size === 0) return 0;
  await target.replace(keys, rows, changes.at(-1)?.seq ?? applied);
  const missing = new Set(target.progress.later.map(([name, key]) => `${name} ${JSON.stringify(key)}`));
  for (const [table, some] of keys) {
    const isHere = (row: Row) => !missing.has(`${table.name} ${JSON.stringify(keyOf(table, row))}`);
    requireSame(table, (rows.get(table) ?? []).filter(isHere), await rowsOf(target.db, table, some));
  }
  return changes.length;
}

/** Makes all changes that are there. */
export async function catchUp(source: Snapshots, target: Target): Promise<void> {
  let tries = 0;
  while ((await makeChanges(source, target)) > 0 || target.progress.later.length > 0) {
    tries = target.progress.later.length > 0 ? tries + 1 : 0;
    if (tries > mostTries) {
      throw difference(`The row ${JSON.stringify(target.progress.later[0])} is refused by the new database.`);
    }
  }
}
