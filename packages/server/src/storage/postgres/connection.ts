import type { Writable } from 'node:stream';
import type { Client } from 'pg';
import type { Parameter, WritingConnection } from '../connection.ts';
import { type Commit, nobodyKnows, noteCommit } from './commits.ts';
import { ConnectionLost, storageError, TransactionConflict } from './errors.ts';
import { Statements } from './statements.ts';

/**
 * The transaction gets its number here, before anything gets a number from a sequence: `settled.ts` relies on it. The
 * locks are taken in the order of the list.
 */
const takeLocks =
  'SELECT pg_current_xact_id()::text AS xid, ' +
  '(SELECT count(*) FROM (SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS key OFFSET 0) AS taken) AS taken';

/** `in_failed_sql_transaction`: something before it has failed. */
const abortedTransaction = '25P02';

/**
 * A connection to PostgreSQL that writes. Statements go out when they are asked for, without waiting for the answers of
 * those before; so what nobody waits for, as a savepoint, costs no way there and back.
 */
export class PostgresConnection implements WritingConnection {
  readonly rowLocks = true;
  readonly isFar = true;
  readonly #client: Client;
  readonly #statements = new Statements();
  /** The first thing that went wrong with a statement that nobody waited for. */
  #failure: Error | undefined;
  #lost: Error | undefined;
  #locks: readonly string[] = [];
  #gathering = false;
  /** What the transaction has failed of: everything after that fails for want of it. */
  #reason: Error | undefined;
  /** How many transactions were begun here. */
  #count = 0;
  /** Has nothing been asked for in this transaction yet? */
  #isNew = false;
  /** Is the transaction itself what the savepoint would be? */
  #isSavepoint = false;
  /** PostgreSQL's number of the transaction, by which others can ask what became of it. */
  #transaction: string | undefined;
  readonly #name: string | undefined;
  readonly #wasCommitted: (commit: Commit) => Promise<boolean>;

  /**
   * @param client connected, in pipeline mode
   * @param name no other connection has it; undefined where transactions are not noted
   * @param wasCommitted finds out what became of a transaction whose end nobody has heard of
   */
  constructor(client: Client, name: string | undefined, wasCommitted: (commit: Commit) => Promise<boolean>) {
    this.#client = client;
    this.#name = name;
    this.#wasCommitted = wasCommitted;
    client.on('error', (error) => {
      this.#lost ??= storageError(error);
    });
    client.on('end', () => {
      this.#lost ??= new ConnectionLost('The connection to PostgreSQL ended.');
    });
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  async query<R>(sql: string, values: readonly Parameter[]): Promise<{ rows: R[]; changes: number }> {
    this.#isNew = false;
    this.#gather();
    const name = this.#statements.nameOf(sql);
    const sent = this.#client.query({ text: sql, values: values as unknown[], ...(name !== undefined && { name }) });
    try {
      const { rows, rowCount } = await sent;
      return { rows: rows as R[], changes: rowCount ?? 0 };
    } catch (error) {
      throw this.#told(error);
    }
  }

  async first<R>(sql: string, values: readonly Parameter[]): Promise<R | undefined> {
    return (await this.query<R>(sql, values)).rows[0];
  }

  /** @param locks numbers that this transaction and others take in this order, so that none waits in a circle */
  lockAtBegin(locks: readonly string[]): void {
    this.#locks = locks;
  }

  async begin(): Promise<void> {
    this.#failure = undefined;
    this.#reason = undefined;
    this.#transaction = undefined;
    this.#count += 1;
    const count = this.#count;
    const fail = (error: Error) => {
      if (count === this.#count) this.#failure ??= error;
    };
    this.#unawaited('BEGIN ISOLATION LEVEL READ COMMITTED');
    this.query<{ xid: string }>(takeLocks, [this.#locks]).then(({ rows }) => {
      if (count === this.#count) this.#transaction = rows[0]?.xid;
    }, fail);
    if (this.#name !== undefined) this.query(noteCommit, [this.#name, count]).catch(fail);
    this.#isNew = true;
    this.#isSavepoint = false;
  }

  /** An answer that got lost is looked for. */
  async commit(): Promise<void> {
    if (this.#failure) throw this.#failure;
    let isAnswered = false;
    try {
      this.#gather();
      const { command } = await this.#client.query('COMMIT');
      isAnswered = true;
      // What an aborted transaction answers.
      if (command !== 'COMMIT') throw this.#failure ?? new TransactionConflict('PostgreSQL rolled back.');
    } catch (error) {
      const told = error instanceof TransactionConflict ? error : this.#told(error);
      if (isAnswered || !(told instanceof ConnectionLost) || this.#transaction === undefined) throw told;
      if (this.#name === undefined) throw nobodyKnows();
      const commit = { transaction: this.#transaction, connection: this.#name, count: this.#count };
      if (!(await this.#wasCommitted(commit))) throw told;
    }
  }

  async rollback(): Promise<void> {
    if (!this.#lost) await this.#client.query('ROLLBACK').catch(() => {});
    this.#failure = undefined;
  }
  /** The first one of a transaction costs nothing: what would go back to it begins the transaction anew. Most have no other. */
  async savepoint(): Promise<void> {
    this.#isSavepoint = this.#isNew;
    if (!this.#isSavepoint) this.#unawaited('SAVEPOINT call');
  }
  async release(): Promise<void> {
    if (!this.#isSavepoint) this.#unawaited('RELEASE SAVEPOINT call');
    this.#isSavepoint = false;
    this.#isNew = false;
  }
  async rollbackToSavepoint(): Promise<void> {
    this.#failure = undefined;
    this.#reason = undefined;
    if (this.#isSavepoint) {
      this.#unawaited('ROLLBACK');
      return this.begin();
    }
    this.#unawaited('ROLLBACK TO SAVEPOINT call');
    this.#unawaited('RELEASE SAVEPOINT call');
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => {});
  }

  /** A statement after it fails if it did: the transaction is aborted then. What that was about is told in its place. */
  #unawaited(sql: string): void {
    this.#gather();
    this.#client.query(sql).catch((error) => {
      this.#failure ??= storageError(error);
    });
  }

  /** What is asked for before anything is waited for goes out in one piece, and wakes PostgreSQL once. */
  #gather(): void {
    if (this.#gathering) return;
    const { stream } = (this.#client as Client & { connection: { stream: Writable } }).connection;
    this.#gathering = true;
    stream.cork();
    process.nextTick(() => {
      this.#gathering = false;
      stream.uncork();
    });
  }

  #told(error: unknown): Error {
    if ((error as { code?: string }).code === abortedTransaction && this.#reason) return this.#reason;
    this.#reason = this.#failure ?? this.#lost ?? storageError(error);
    return this.#reason;
  }
}
