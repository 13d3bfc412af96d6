import { setTimeout } from 'node:timers/promises';
import { OperateError } from '../operate/operate-error.ts';
import type { Value } from '../storage/connection.ts';
import type { Db } from '../storage/db.ts';
import { migrate } from '../storage/migrate.ts';
import { connectClient, connectWriter } from '../storage/postgres/connect.ts';
import type { PostgresConnection } from '../storage/postgres/connection.ts';
import { describeObstacle, moveTable, readContents } from '../storage/postgres/contents.ts';
import { dbOver } from '../storage/postgres/db-over.ts';
import { Inserts } from '../storage/postgres/inserts.ts';
import { moveKey, restoreKey } from '../storage/postgres/lock-keys.ts';
import { postgresWords } from '../storage/postgres/schema-words.ts';
import { keyOf, type Row, type Table, tables } from '../storage/tables.ts';
import { type Keys, keyText } from './keyed.ts';

/** PostgreSQL may take a moment to notice that the one before has ended; milliseconds. */
const patience = 3000;

export interface Progress {
  /** The number of the last change that was made here, too. */
  applied: number;
  /** By the name of a table: how far it was copied; null for the whole. */
  copied: Record<string, Value[] | null>;
  /** Keys of rows that another row stood in the way of, since the two were read at different moments. */
  later: [table: string, key: Value[]][];
}

/**
 * Is a database still being filled by this move?
 *
 * @throws StorageUnavailable when it cannot be reached
 */
export async function isBeingFilled(url: string, id: string): Promise<boolean> {
  const client = await connectClient(url);
  try {
    if ((await readContents(client)).kind !== 'moving') return false;
    const { rows } = await client.query<{ id: string }>(`SELECT id FROM ${moveTable}`);
    return rows[0]?.id === id;
  } finally {
    await client.end();
  }
}

/** The PostgreSQL database that is being filled. How far it is stands in itself, in the same transactions as the rows. */
export class Target {
  readonly #connection: PostgresConnection;
  readonly #inserts: Inserts;
  readonly db: Db;
  /** The id of the move that fills it. */
  readonly move: string;
  #progress: Progress = { applied: 0, copied: {}, later: [] };

  private constructor(connection: PostgresConnection, move: string) {
    this.#connection = connection;
    this.move = move;
    this.#inserts = new Inserts(connection);
    this.db = dbOver(connection);
  }

  /**
   * Makes the schema in an empty database, or goes on with one that the same move has begun.
   *
   * @throws OperateError when there is something else in it, or somebody else is at it
   * @throws StorageUnavailable when it cannot be reached
   */
  static async open(url: string, id: string, now: number): Promise<Target> {
    const connection = await connectWriter(url, { patient: true });
    const target = new Target(connection, id);
    try {
      await target.#begin(now);
      return target;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  async #begin(now: number): Promise<void> {
    const until = performance.now() + patience;
    while (!(await this.#take(`pg_try_advisory_lock(${moveKey})`))) {
      if (performance.now() > until) {
        throw new OperateError('Another `colloquy migrate` is filling that database: let it go on, or end it first.');
      }
      await setTimeout(100);
    }
    const begun = await this.#findOrNote();
    if (begun !== undefined) this.#progress = JSON.parse(begun) as Progress;
    // Perhaps what an earlier run was stopped in.
    await migrate(this.#connection, postgresWords, now);
  }

  /**
   * Notes in an empty database that this move fills it: whole or not at all, and not while a server is just starting that
   * has found it empty, too.
   *
   * @returns how far an earlier run of the move has come, if one has noted it
   */
  async #findOrNote(): Promise<string | undefined> {
    const connection = this.#connection;
    await connection.begin();
    try {
      // Before the look at what is there. It ends with the transaction.
      const isFree = await this.#take(`pg_try_advisory_xact_lock(${restoreKey})`);
      const contents = await readContents(connection);
      if (contents.kind === 'moving') {
        // A server that waits for the end of the move has the lock.
        const row = await connection.first<{ id: string; progress: string }>(
          `SELECT id, progress FROM ${moveTable}`,
          [],
        );
        if (row?.id !== this.move) {
          throw new OperateError('Another installation is being moved into that database: name an empty one.');
        }
        await connection.commit();
        return row.progress;
      }
      if (contents.kind === 'ours') {
        throw new OperateError('That database has tables of Colloquy already: name an empty one.');
      }
      const obstacle = describeObstacle(contents);
      if (obstacle !== undefined) throw new OperateError(obstacle);
      if (!isFree) {
        throw new OperateError(
          'A server is just starting on that database, or a backup is being put into it: name an empty one.',
        );
      }
      await connection.query(`CREATE TABLE ${moveTable} (id TEXT PRIMARY KEY, progress TEXT NOT NULL)`, []);
      await connection.query(`INSERT INTO ${moveTable} VALUES ($1, $2)`, [this.move, JSON.stringify(this.#progress)]);
      await connection.commit();
      return undefined;
    } catch (error) {
      await connection.rollback();
      throw error;
    }
  }

  /** @param lock what asks for one */
  async #take(lock: string): Promise<boolean> {
    return (await this.#connection.first<{ taken: number }>(`SELECT ${lock} AS taken`, []))?.taken === 1;
  }

  get progress(): Readonly<Progress> {
    return this.#progress;
  }

  /** Adds a page of a table. @param last the last key; null when the table is done */
  async copy(table: Table, rows: readonly Row[], last: Value[] | null): Promise<void> {
    await this.#within(async () => {
      const later = await this.#insert(table, rows);
      return {
        ...this.#progress,
        copied: { ...this.#progress.copied, [table.name]: last },
        later: [...this.#progress.later, ...later],
      };
    });
  }

  /**
   * Puts what there is now of some rows in the place of what was here.
   *
   * @param keys of all rows that changed: those that are not among `rows` are gone
   * @param applied the number of the last of the changes
   */
  async replace(keys: Keys, rows: ReadonlyMap<Table, readonly Row[]>, applied: number): Promise<void> {
    await this.#within(async () => {
      for (const [table, gone] of keys) await this.#delete(table, gone);
      const later: Progress['later'] = [];
      for (const [table, there] of rows) later.push(...(await this.#insert(table, there)));
      return { ...this.#progress, applied, later };
    });
  }

  /** Has PostgreSQL learn what there is, so that the first questions are answered as quickly as later ones. */
  async analyse(): Promise<void> {
    await this.#connection.query('ANALYZE', []);
  }

  /** Lets servers use it. */
  async finish(): Promise<void> {
    await this.#connection.begin();
    for (const table of tables) if (table.serial) await this.#inserts.moveSerial(table);
    await this.#connection.query(`DROP TABLE ${moveTable}`, []);
    await this.#connection.commit();
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #within(work: () => Promise<Progress>): Promise<void> {
    await this.#connection.begin();
    try {
      const progress = await work();
      await this.#connection.query(`UPDATE ${moveTable} SET progress = $1`, [JSON.stringify(progress)]);
      await this.#connection.commit();
      this.#progress = progress;
    } catch (error) {
      await this.#connection.rollback();
      throw error;
    }
  }

  /** @returns the rows that something stands in the way of */
  async #insert(table: Table, rows: readonly Row[]): Promise<Progress['later']> {
    const inserted = new Set(
      (await this.#inserts.insert(table, rows, 'ON CONFLICT DO NOTHING')).map((row) => keyText(keyOf(table, row))),
    );
    if (inserted.size === rows.length) return [];
    return rows
      .map((row) => keyOf(table, row))
      .filter((key) => !inserted.has(keyText(key)))
      .map((key) => [table.name, key]);
  }

  async #delete({ name, key }: Table, keys: readonly Value[][]): Promise<void> {
    const types = key.map((_column, at) => (typeof keys[0]?.[at] === 'number' ? 'bigint' : 'text'));
    const lists = key.map((_column, at) => keys.map((one) => one[at] ?? null));
    const columns = key.map((column) => `"${column}"`).join(', ');
    await this.#connection.query(
      `DELETE FROM ${name} WHERE (${columns}) IN (SELECT * FROM unnest(${types.map((type, at) => `$${at + 1}::${type}[]`).join(', ')}))`,
      lists,
    );
  }
}
