/**
 * What a database has to offer. `core/` knows no more of it than this; `sqlite/` and `postgres/` implement it, and
 * `conformance.ts` is the suite that both pass.
 */
import type { WritingConnection } from './connection.ts';
import type { Db } from './db.ts';

/** A command to run, as plain data: it may cross to another thread. */
export interface Call {
  command: string;
  actor: unknown;
  input: unknown;
  /** Time of the call by the core's clock; milliseconds since 1970. */
  now: number;
  /** A repeated call with the same scope and key gets the first answer again. */
  idempotency?: { scope: string; key: string; request?: string; after?: string | undefined };
  /** What it is a part of, where traces are made (W3C `traceparent`): kept with the work that follows from it. */
  trace?: string;
  /** Finds out what the call would do, without doing it: its value is a `Rehearsed`, and nothing of it stays. */
  rehearsal?: true;
}

/** An event as it went into the log; `data` is the JSON text that is stored, sent and never parsed on the way. */
export interface LoggedEvent {
  id: number;
  stream: string;
  position: number;
  type: string;
  time: number;
  data: string;
}

/** What a call would have done. */
export interface Rehearsed {
  value: unknown;
  /** In order; their ids, positions and SIDs were given back. None when the call repeats one that was answered. */
  events: LoggedEvent[];
}

/** An error that the caller is told of: a code of the error table and what fills its holes. */
export interface RefusalData {
  code: number;
  holes: Record<string, string | number>;
}

export type Outcome =
  | { ok: true; value: unknown }
  | { ok: false; refusal: RefusalData }
  | { ok: false; fault: string }
  /** The others of its batch may have gone well. It may do so another time; `unknown`: or has done so this time. */
  | { ok: false; unavailable: string; unknown?: boolean };

export interface Committed {
  /** One outcome a call, in the order of the calls. */
  outcomes: Outcome[];
  /** The events of all calls that succeeded, in order. */
  events: LoggedEvent[];
  /** Kinds of outbox work that were added. */
  woken: string[];
}

/** Runs calls in one transaction: `core/batch.ts`. */
export type RunBatch = (connection: WritingConnection, db: Db, calls: readonly Call[]) => Promise<Committed>;

export interface StorageDriver {
  /** How many transactions may run side by side, each in a lane. */
  readonly lanes: number;
  /** Does no other process use the database while this one has it open? Then nobody else's leases are left at the start. */
  readonly exclusive: boolean;
  /**
   * Which of the possible logs this one is, as a number of five digits: another one where events may be gone that somebody
   * knows, so that others have their positions. See `epoch.ts`.
   */
  readonly epoch: number;
  /**
   * What tells the database from all others, for everybody who shares it; undefined where it does not say, or nobody does.
   */
  readonly identity?: string | undefined;
  /** For reading what is committed. */
  readonly reader: Db;
  /**
   * Runs the calls, in order, in one transaction, each within its own savepoint: one that fails leaves no
   * trace and does not touch the others. Rejects when the transaction as a whole could not be committed;
   * then none of the calls has happened, and the error is a `StorageUnavailable`; or nobody can say, and it is an
   * `OutcomeUnknown`.
   *
   * @param lane from 0, below `lanes`; one has a transaction at a time
   * @param keys of each call what no other transaction may be at meanwhile
   */
  write(lane: number, calls: readonly Call[], keys?: readonly (readonly string[])[]): Promise<Committed>;
  /**
   * Id of the newest event up to which none is still to come: whoever reads on from there misses nothing, whatever
   * is being committed meanwhile. Where transactions run side by side, newer ones may be there already.
   */
  settledEvent(): Promise<number>;
  /**
   * Takes a name that one holder has at a time, over all processes that use the database; it is free again when its
   * holder gives it back or dies.
   *
   * @param onLost told when the name was lost, as with the connection that held it
   * @returns a function that gives it back; undefined while somebody else has it
   */
  claim(name: string, onLost: () => void): Promise<(() => Promise<void>) | undefined>;
  /** Finishes the transactions under way, then closes. */
  close(): Promise<void>;
}
