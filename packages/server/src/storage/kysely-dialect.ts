import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type DialectAdapter,
  type Driver,
  Kysely,
  type QueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Connection, Parameter } from './connection.ts';
import type { Schema } from './schema.ts';

/** What differs between databases in Kysely's eyes. */
export interface KyselyParts {
  adapter: () => DialectAdapter;
  compiler: () => QueryCompiler;
}

class OneConnection implements DatabaseConnection {
  readonly #connection: Connection;
  constructor(connection: Connection) {
    this.#connection = connection;
  }
  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes } = await this.#connection.query<R>(query.sql, query.parameters as Parameter[]);
    return { rows, numAffectedRows: BigInt(changes) };
  }
  // biome-ignore lint/correctness/useYield: the interface asks for a generator, and nothing here streams
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('Read in pages: streaming would hold the connection.');
  }
}

/** Transactions are the lanes' business, so this driver knows none. */
class OneConnectionDriver implements Driver {
  readonly #connection: OneConnection;
  constructor(connection: Connection) {
    this.#connection = new OneConnection(connection);
  }
  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }
  async beginTransaction(): Promise<void> {
    throw new Error('Commands run in a transaction already; see core/batch.ts.');
  }
  async commitTransaction(): Promise<void> {}
  async rollbackTransaction(): Promise<void> {}
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
}

/** Kysely on a connection of ours. */
export function kyselyOver(connection: Connection, parts: KyselyParts): Kysely<Schema> {
  const dialect: Dialect = {
    createAdapter: parts.adapter,
    createQueryCompiler: parts.compiler,
    createDriver: () => new OneConnectionDriver(connection),
    createIntrospector: () => {
      throw new Error('The schema is what the migrations say.');
    },
  };
  return new Kysely<Schema>({ dialect });
}
