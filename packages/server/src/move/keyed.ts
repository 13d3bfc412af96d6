import { sql } from 'kysely';
import type { Value } from '../storage/connection.ts';
import type { Db } from '../storage/db.ts';
import type { Row, Table } from '../storage/tables.ts';

/** Keys of rows by their tables, each once. */
export class Keys {
  readonly #known = new Map<Table, Map<string, Value[]>>();

  add(table: Table, key: Value[]): void {
    const known = this.#known.get(table) ?? new Map<string, Value[]>();
    known.set(keyText(key), key);
    this.#known.set(table, known);
  }

  *[Symbol.iterator](): Generator<[Table, Value[][]]> {
    for (const [table, keys] of this.#known) yield [table, [...keys.values()]];
  }

  get size(): number {
    let size = 0;
    for (const keys of this.#known.values()) size += keys.size;
    return size;
  }
}

/** The same for the same key, whichever database it comes from. */
export function keyText(key: readonly Value[]): string {
  return JSON.stringify(key);
}

const atOnce = 200;

/** The rows of these keys that are there. */
export async function rowsOf(db: Db, { name, key }: Table, keys: readonly Value[][]): Promise<Row[]> {
  const columns = sql.join(key.map((column) => sql.ref(column)));
  const rows: Row[] = [];
  for (let from = 0; from < keys.length; from += atOnce) {
    const some = keys.slice(from, from + atOnce).map((one) => sql`(${sql.join(one.map(typed))})`);
    const query = sql<Row>`SELECT * FROM ${sql.table(name)} WHERE (${columns}) IN (VALUES ${sql.join(some)})`;
    rows.push(...(await query.execute(db.sql)).rows);
  }
  return rows;
}

/** A list of values says nothing of their types to PostgreSQL. */
function typed(value: Value) {
  return typeof value === 'number' ? sql`CAST(${value} AS BIGINT)` : sql`CAST(${value} AS TEXT)`;
}
