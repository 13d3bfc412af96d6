import { sql } from 'kysely';
import type { Value } from '../storage/connection.ts';
import type { Db } from '../storage/db.ts';
import { storable } from '../storage/postgres/inserts.ts';
import type { Snapshots } from '../storage/snapshots.ts';
import { keyOf, type Row, readPage, type Table, tables } from '../storage/tables.ts';
import { changesAfter } from './changes.ts';
import { keyText } from './keyed.ts';
import type { Target } from './target.ts';

/** More changes than can come in while a page is read. */
const mostPending = 1_000_000;

export interface Comparing {
  pageSize: number;
  /** Makes the changes that are known by now; called before each page. */
  catchUp(): Promise<void>;
  say(table: Table, rows: number): void;
  stopped(): boolean;
}

/**
 * Holds every row of the old database against the new one, column by column, while the old one is in use. What has
 * changed and was not made here yet is left to those who make it.
 *
 * @returns how many rows are the same
 * @throws Error that names the first that is not
 */
export async function compareAll(
  source: Snapshots,
  target: Target,
  { pageSize, catchUp, say, stopped }: Comparing,
): Promise<number> {
  let same = 0;
  for (const table of tables) {
    let rows = 0;
    for (let after: Value[] | undefined, more = true; more; ) {
      if (stopped()) return same;
      await catchUp();
      const from: Value[] | undefined = after;
      const { page, pending } = await source.within(async (db) => ({
        page: await readPage(db, table, from, pageSize),
        pending: await pendingOf(db, target, table),
      }));
      const last = page.at(-1);
      more = last !== undefined && page.length >= pageSize;
      after = last && keyOf(table, last);
      const there = await between(target.db, table, from, more ? after : undefined);
      requireSame(table, page, there, pending);
      rows += page.length;
      say(table, rows);
    }
    same += rows;
  }
  return same;
}

async function pendingOf(db: Db, target: Target, table: Table): Promise<Set<string>> {
  const changes = await changesAfter(db, target.move, target.progress.applied, mostPending);
  return new Set(changes.filter((change) => change.table === table).map(({ key }) => keyText(key)));
}

async function between(db: Db, { name, key }: Table, after: Value[] | undefined, upTo: Value[] | undefined) {
  const columns = sql.join(key.map((column) => sql.ref(column)));
  const tuple = (values: Value[]) => sql.join(values.map((value) => sql.val(value)));
  const conditions = [
    ...(after ? [sql`(${columns}) > (${tuple(after)})`] : []),
    ...(upTo ? [sql`(${columns}) <= (${tuple(upTo)})`] : []),
  ];
  const where = conditions.length > 0 ? sql`WHERE ${sql.join(conditions, sql` AND `)}` : sql``;
  return (await sql<Row>`SELECT * FROM ${sql.table(name)} ${where}`.execute(db.sql)).rows;
}

/** @param sentence what is not as it should be in the new database */
export function difference(sentence: string): Error {
  return new Error(
    `${sentence} Going on does not mend that: give this move up with --abandon, drop the new database, and begin anew.`,
  );
}

/** @throws Error that names a row that is not the same on both sides */
export function requireSame(
  table: Table,
  ours: readonly Row[],
  theirs: readonly Row[],
  except: ReadonlySet<string> = new Set(),
): void {
  const copies = new Map(theirs.map((row) => [keyText(keyOf(table, row)), row]));
  for (const row of ours) {
    const key = keyText(keyOf(table, row));
    const copy = copies.get(key);
    copies.delete(key);
    if (except.has(key)) continue;
    if (!copy) throw difference(`The row ${key} of ${table.name} is not in the new database.`);
    for (const [column, value] of Object.entries(row)) {
      if (storable(value) === copy[column]) continue;
      throw difference(`The row ${key} of ${table.name} has another ${column} in the new database.`);
    }
  }
  for (const key of copies.keys()) {
    if (!except.has(key))
      throw difference(`The row ${key} of ${table.name} is in the new database and not in the old.`);
  }
}

/**
 * Nobody writes to either database meanwhile.
 *
 * @returns how many rows there are
 * @throws Error when a table has more or fewer rows than it should
 */
export async function requireEqualCounts(source: Snapshots, target: Target): Promise<number> {
  let total = 0;
  for (const { name } of tables) {
    const ours = await source.within((db) => countOf(db, name));
    const theirs = await countOf(target.db, name);
    if (ours !== theirs) throw difference(`${name} has ${ours} rows here, and ${theirs} in the new database.`);
    total += ours;
  }
  return total;
}

async function countOf(db: Db, name: Table['name']): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM ${sql.table(name)}`.execute(db.sql);
  return Number(rows[0]?.n ?? 0);
}
