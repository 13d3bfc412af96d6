/**
 * What changes in a SQLite database while it is being copied, row by row: triggers note the key of every row that is
 * written, whoever writes it. The log of events would tell of conversations and users only; the outbox, idempotency
 * keys, senders, files and much else change without one.
 */
import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { OperateError } from '../operate/operate-error.ts';
import type { Value } from '../storage/connection.ts';
import type { Db } from '../storage/db.ts';
import { type Table, tables } from '../storage/tables.ts';

/** The key of a row that was written or removed. */
export interface Change {
  seq: number;
  table: Table;
  key: Value[];
}

const notes = 'rows_to_move';
const move = 'move_to_postgres';

function list(table: Table, row: 'NEW' | 'OLD'): string {
  return `json_array(${table.key.map((column) => `${row}."${column}"`).join(', ')})`;
}

function triggersOf(table: Table): string[] {
  const { name, key } = table;
  const note = (row: 'NEW' | 'OLD') => `INSERT INTO ${notes} (of, key) VALUES ('${name}', ${list(table, row)});`;
  const moved = key.map((column) => `OLD."${column}" IS NOT NEW."${column}"`).join(' OR ');
  return [
    `CREATE TRIGGER IF NOT EXISTS ${notes}_inserted_${name} AFTER INSERT ON ${name} BEGIN ${note('NEW')} END`,
    `CREATE TRIGGER IF NOT EXISTS ${notes}_deleted_${name} AFTER DELETE ON ${name} BEGIN ${note('OLD')} END`,
    `CREATE TRIGGER IF NOT EXISTS ${notes}_updated_${name} AFTER UPDATE ON ${name} BEGIN ${note('NEW')} END`,
    `CREATE TRIGGER IF NOT EXISTS ${notes}_renamed_${name} AFTER UPDATE ON ${name} WHEN ${moved} BEGIN ${note('OLD')} END`,
  ];
}

function givenUp(): OperateError {
  return new OperateError(
    'The move was given up meanwhile (--abandon), and what has changed since is noted nowhere: begin anew, with an empty database.',
  );
}

/** The notes of a database in use. Each call is a transaction of some milliseconds, for which the server waits. */
export class ChangeNotes {
  readonly #database: DatabaseSync;
  #id: string | undefined;

  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    this.#database.exec('PRAGMA busy_timeout = 5000');
  }

  /** The name of the move, the same until `remove`. Nothing is noted for its sake. */
  name(): string {
    this.#id = this.#transaction(() => {
      this.#database.exec(`CREATE TABLE IF NOT EXISTS ${move} (id TEXT PRIMARY KEY)`);
      const known = this.#database.prepare(`SELECT id FROM ${move}`).get();
      if (known) return String(known['id']);
      const id = randomUUID();
      this.#database.prepare(`INSERT INTO ${move} VALUES (?)`).run(id);
      return id;
    });
    return this.#id;
  }

  /** Begins to note, or goes on. @throws OperateError when the move was given up since it was named */
  begin(): void {
    this.hold(() => {
      this.#database.exec(
        `CREATE TABLE IF NOT EXISTS ${notes} (seq INTEGER PRIMARY KEY AUTOINCREMENT, of TEXT NOT NULL, key TEXT NOT NULL)`,
      );
      for (const table of tables) for (const statement of triggersOf(table)) this.#database.exec(statement);
    });
  }

  /**
   * Does something as long as the move is not given up: whoever is about to give it up waits until it is done.
   *
   * @throws OperateError when the move was given up since it was named
   */
  hold<T>(work: () => T): T {
    return this.#transaction(() => {
      const isThere = this.#database.prepare('SELECT name FROM sqlite_master WHERE name = ?').get(move);
      const named = isThere && this.#database.prepare(`SELECT id FROM ${move}`).get();
      if (!named || named['id'] !== this.#id) throw givenUp();
      return work();
    });
  }

  /** Forgets what is not needed any more, up to a number; a piece of it. @returns whether there is more */
  forget(upTo: number): boolean {
    const piece = 5000;
    const statement = `DELETE FROM ${notes} WHERE seq IN (SELECT seq FROM ${notes} WHERE seq <= ? ORDER BY seq LIMIT ${piece})`;
    return this.hold(() => Number(this.#database.prepare(statement).run(upTo).changes) === piece);
  }

  /**
   * Ends it: the database is as it was before. Where all of it was moved, its log goes on elsewhere: should a server be started
   * on this one again, what it writes is of another epoch.
   *
   * @param check looked at while no move can `hold`; nothing happens when it throws
   */
  remove({ isMoved }: { isMoved: boolean }, check = () => {}): void {
    this.#transaction(() => {
      check();
      const triggers = this.#database
        .prepare(
          `SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '${notes.replaceAll('_', '\\_')}%' ESCAPE '\\'`,
        )
        .all();
      for (const { name } of triggers) this.#database.exec(`DROP TRIGGER "${String(name)}"`);
      this.#database.exec(`DROP TABLE IF EXISTS ${notes}`);
      this.#database.exec(`DROP TABLE IF EXISTS ${move}`);
      if (isMoved) this.#database.exec('DELETE FROM epochs');
    });
  }

  close(): void {
    this.#database.close();
  }

  #transaction<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

/**
 * The changes after a number, in order.
 *
 * @param db within a snapshot
 * @param id of the move that they are for
 * @throws OperateError when it was given up: the numbers may be those of another one by now
 */
export async function changesAfter(db: Db, id: string, after: number, limit: number): Promise<Change[]> {
  const there = await sql`SELECT name FROM sqlite_master WHERE name = ${move}`.execute(db.sql);
  if (there.rows.length === 0) throw givenUp();
  const named = await sql<{ id: string }>`SELECT id FROM ${sql.table(move)}`.execute(db.sql);
  if (named.rows[0]?.id !== id) throw givenUp();
  const { rows } = await sql<{ seq: number; of: string; key: string }>`
    SELECT seq, of, key FROM ${sql.table(notes)} WHERE seq > ${after} ORDER BY seq LIMIT ${sql.lit(limit)}`.execute(
    db.sql,
  );
  return rows.flatMap(({ seq, of, key }) => {
    const table = tables.find(({ name }) => name === of);
    return table ? [{ seq, table, key: JSON.parse(key) as Value[] }] : [];
  });
}
