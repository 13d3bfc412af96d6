/** What a connection to a database has to offer. */
export type Value = string | number | null;

/** What a statement is given: lists only where the connection takes them. */
export type Parameter = Value | readonly Value[];

/**
 * The database cannot work now: a full disk, a file that went away, a lock that somebody else holds. Nothing has
 * happened, and what was asked for may well succeed later.
 */
export class StorageUnavailable extends Error {}

/** The database went away at the moment of the commit: what was asked for has happened, or has not. */
export class OutcomeUnknown extends StorageUnavailable {}

/**
 * A row that must be unlike all others is like one of them. Commands look before they insert; so this is somebody
 * else's transaction that was committed between the look and the insert. The command runs again then, once. Its `cause`
 * may be the refusal that the caller gets if it fails the same way again.
 */
export class UniqueViolation extends Error {}

/** Text that the database cannot keep. PostgreSQL has no room for the character NUL. */
export class UnstorableText extends Error {}

/** One connection. A query never sees uncommitted work of another connection. */
export interface Connection {
  /** `rows` are plain objects; `changes` counts the rows that an insert, update or delete touched. */
  query<R>(sql: string, values: readonly Parameter[]): Promise<{ rows: R[]; changes: number }>;
  /** The first row only. A statement that changes rows changes all of them nevertheless. */
  first<R>(sql: string, values: readonly Parameter[]): Promise<R | undefined>;
}

/** A connection that writes, one transaction at a time, with one savepoint in it at a time. */
export interface WritingConnection extends Connection {
  /** Can others change a row between this transaction's reading it and writing it? Then `prepareLocking` locks. */
  readonly rowLocks: boolean;
  /**
   * Does each statement cost a way to somewhere else and back? Then those commands that can run several calls at once
   * do, with lists as parameters.
   */
  readonly isFar: boolean;
  begin(): Promise<void>;
  /** Resolves when the transaction is on disk, not before. */
  commit(): Promise<void>;
  rollback(): Promise<void>;
  savepoint(): Promise<void>;
  release(): Promise<void>;
  rollbackToSavepoint(): Promise<void>;
}
