import type { Value } from '../connection.ts';
import type { Row, Table } from '../tables.ts';
import type { PostgresConnection } from './connection.ts';

/** Inserts rows of other databases, many with a statement. */
export class Inserts {
  readonly #connection: PostgresConnection;
  readonly #types = new Map<string, Map<string, string>>();

  constructor(connection: PostgresConnection) {
    this.#connection = connection;
  }

  /**
   * @param onConflict what SQL says of rows that are there already
   * @throws when they have a column that the table does not have
   * @returns the keys of those that are there now because of it
   */
  async insert({ name, key }: Table, rows: readonly Row[], onConflict = ''): Promise<Row[]> {
    const [first] = rows;
    if (!first) return [];
    const columns = Object.keys(first);
    const types = await this.#typesOf(name);
    const unknown = columns.find((column) => !types.has(column));
    if (unknown !== undefined) throw new Error(`The table ${name} has no column ${JSON.stringify(unknown)}.`);
    const lists = columns.map((column) => rows.map((row) => storable(row[column] as Value)));
    const named = columns.map((column) => `"${column}"`).join(', ');
    const values = columns.map((column, at) => `$${at + 1}::${types.get(column)}[]`).join(', ');
    const keys = key.map((column) => `"${column}"`).join(', ');
    const text = `INSERT INTO ${name} (${named}) SELECT * FROM unnest(${values}) ${onConflict} RETURNING ${keys}`;
    return (await this.#connection.query<Row>(text, lists)).rows;
  }

  /** What the database gives numbers to itself goes on after the highest that is there. */
  async moveSerial({ name, key }: Table): Promise<void> {
    const column = key[0] ?? 'id';
    await this.#connection.query(
      `SELECT setval(pg_get_serial_sequence('${name}', '${column}'), coalesce(max(${column}), 0) + 1, false) FROM ${name}`,
      [],
    );
  }

  async #typesOf(table: string): Promise<Map<string, string>> {
    const known = this.#types.get(table);
    if (known) return known;
    const { rows } = await this.#connection.query<{ name: string; type: string }>(
      `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
       WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
      [table],
    );
    const types = new Map(rows.map(({ name, type }) => [name, type]));
    this.#types.set(table, types);
    return types;
  }
}

/**
 * PostgreSQL has no place for the character NUL, which somebody may have written before; it becomes the one that stands
 * for what cannot be shown. In JSON it is written as an escape, and there it is the same character.
 */
export function storable(value: Value): Value {
  if (typeof value !== 'string') return value;
  const plain = value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value;
  return plain.includes('\\u0000') ? plain.replace(/(?<!\\)((?:\\\\)*)\\u0000/g, '$1\\ufffd') : plain;
}
