import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { SqliteAdapter, SqliteQueryCompiler } from 'kysely';
import {
  type Parameter,
  StorageUnavailable,
  UniqueViolation,
  type Value,
  type WritingConnection,
} from '../connection.ts';
import { Db } from '../db.ts';
import { kyselyOver } from '../kysely-dialect.ts';
import { isNotUnique, isUnavailable } from './result-codes.ts';

/** Statements with lists of changing length would fill the memory otherwise. */
const cachedStatements = 500;

/**
 * Runs a piece of SQLite's work.
 *
 * @throws StorageUnavailable when it is not the statement's fault
 * @throws UniqueViolation
 */
function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { errcode } = error as { errcode?: number };
    if (errcode === undefined) throw error;
    if (isUnavailable(errcode)) throw new StorageUnavailable((error as Error).message, { cause: error });
    if (isNotUnique(errcode)) throw new UniqueViolation((error as Error).message, { cause: error });
    throw error;
  }
}

interface Cached {
  statement: StatementSync;
  /** Does it answer rows? Asking the statement each time costs more than many a query. */
  reads: boolean;
}

/**
 * A SQLite connection of Node's own. Its work is synchronous: a query is done when the call returns, the
 * promise is there for the interface.
 */
export class SqliteConnection implements WritingConnection {
  /** The one writer has the whole database to itself. */
  readonly rowLocks = false;
  readonly isFar = false;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, Cached>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async query<R>(sql: string, given: readonly Parameter[]): Promise<{ rows: R[]; changes: number }> {
    const values = given as readonly Value[];
    return attempt(() => {
      const { statement, reads } = this.#statement(sql);
      // Only a statement that is run tells how many rows it touched.
      if (!reads) return { rows: [], changes: Number(statement.run(...values).changes) };
      const rows = statement.all(...values) as R[];
      return { rows, changes: rows.length };
    });
  }

  async first<R>(sql: string, values: readonly Parameter[]): Promise<R | undefined> {
    return attempt(() => this.#statement(sql).statement.get(...(values as readonly Value[])) as R | undefined);
  }

  async begin(): Promise<void> {
    this.#run('BEGIN IMMEDIATE');
  }
  async commit(): Promise<void> {
    this.#run('COMMIT');
  }
  async rollback(): Promise<void> {
    if (this.#database.isTransaction) this.#run('ROLLBACK');
  }
  async savepoint(): Promise<void> {
    this.#run('SAVEPOINT call');
  }
  async release(): Promise<void> {
    this.#run('RELEASE call');
  }
  async rollbackToSavepoint(): Promise<void> {
    this.#run('ROLLBACK TO call');
    this.#run('RELEASE call');
  }

  exec(sql: string): void {
    attempt(() => this.#database.exec(sql));
  }
  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #run(sql: string): void {
    attempt(() => this.#statement(sql).statement.run());
  }

  #statement(sql: string): Cached {
    let cached = this.#statements.get(sql);
    if (!cached) {
      const statement = this.#database.prepare(sql);
      cached = { statement, reads: statement.columns().length > 0 };
      if (this.#statements.size >= cachedStatements) {
        const oldest = this.#statements.keys().next().value;
        if (oldest !== undefined) this.#statements.delete(oldest);
      }
      this.#statements.set(sql, cached);
    }
    return cached;
  }
}

/**
 * Opens the one connection that writes. `synchronous=FULL` is what makes a commit mean "on disk" in WAL
 * mode. The log grows to some 80 MB before a commit has to move it into the database; the writer does it
 * earlier when it is idle.
 */
export function openWriter(file: string): SqliteConnection {
  const connection = new SqliteConnection(new DatabaseSync(file));
  connection.exec('PRAGMA busy_timeout = 5000');
  connection.exec('PRAGMA journal_mode = WAL');
  connection.exec('PRAGMA synchronous = FULL');
  connection.exec('PRAGMA wal_autocheckpoint = 20000');
  connection.exec('PRAGMA cache_size = -65536');
  connection.exec('PRAGMA temp_store = MEMORY');
  return connection;
}

/** Opens a connection that only reads; it sees the last commit at each query. */
export function openReader(file: string): SqliteConnection {
  const connection = new SqliteConnection(new DatabaseSync(file, { readOnly: true }));
  connection.exec('PRAGMA busy_timeout = 5000');
  connection.exec('PRAGMA cache_size = -65536');
  connection.exec('PRAGMA mmap_size = 1073741824');
  return connection;
}

export function dbOver(connection: SqliteConnection): Db {
  const parts = { adapter: () => new SqliteAdapter(), compiler: () => new SqliteQueryCompiler() };
  return new Db(connection, kyselyOver(connection, parts));
}
