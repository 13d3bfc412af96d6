import pg from 'pg';
import type { Connection, Parameter } from '../connection.ts';
import { requireChanges } from './connect.ts';
import { ConnectionLost, connectError, StaleStatement, storageError } from './errors.ts';
import { connectionSettings, planForFewRows } from './settings.ts';
import { Statements } from './statements.ts';

/** Connections for reading, of one process. */
const most = 8;
const idleTimeout = 60_000;

/** Reads what is committed, each query on a connection that has nothing else to do. */
export class PostgresReader implements Connection {
  readonly #pool: pg.Pool;
  readonly #statements = new WeakMap<object, Statements>();

  /** @param onConnect sees each new connection before it is used; what it throws, whoever asked is told */
  constructor(url: string, onConnect: (client: pg.ClientBase) => Promise<void> = async () => {}) {
    this.#pool = new pg.Pool({
      ...connectionSettings(url),
      max: most,
      idleTimeoutMillis: idleTimeout,
      onConnect: async (client) => {
        await requireChanges(client);
        await client.query(planForFewRows);
        await onConnect(client);
      },
    });
    // Of a connection that nobody was using; the next query gets another one.
    this.#pool.on('error', () => {});
    // Of one that is in use the pool tells nobody; whoever uses it is told by his query.
    this.#pool.on('connect', (client) => void client.on('error', () => {}));
  }

  async query<R>(sql: string, values: readonly Parameter[]): Promise<{ rows: R[]; changes: number }> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#once<R>(sql, values);
      } catch (error) {
        // The connection may have broken long ago, as when PostgreSQL was started anew; and reading twice harms nobody. After
        // a migration each of the connections may have a statement that is out of date.
        const again = error instanceof StaleStatement ? tries <= most : error instanceof ConnectionLost && tries === 1;
        if (!again) throw error;
      }
    }
  }

  async first<R>(sql: string, values: readonly Parameter[]): Promise<R | undefined> {
    return (await this.query<R>(sql, values)).rows[0];
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  async #once<R>(sql: string, values: readonly Parameter[]): Promise<{ rows: R[]; changes: number }> {
    let client: pg.PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      throw connectError(error);
    }
    const statements = this.#statements.get(client) ?? new Statements();
    this.#statements.set(client, statements);
    const name = statements.nameOf(sql);
    try {
      const { rows, rowCount } = await client.query({
        text: sql,
        values: values as unknown[],
        ...(name !== undefined && { name }),
      });
      client.release();
      return { rows: rows as R[], changes: rowCount ?? 0 };
    } catch (error) {
      const told = storageError(error);
      client.release(told instanceof ConnectionLost || told instanceof StaleStatement);
      throw told;
    }
  }
}
