/** What is left to be removed, and who is online, at which process. */

export interface SweepsTable {
  /** SID of a removed conversation or user. */
  stream: string;
  date_created: number;
}

export interface UserRemovalsTable {
  user_sid: string;
  service_sid: string;
  date_created: number;
}

export interface PresencesTable {
  user_sid: string;
  online: number;
  /** When he came or went last. */
  date_updated: number;
}

/** A process of several that share the database. */
export interface NodesTable {
  node: string;
  /** It counts on as long as it lives. */
  beat: number;
}

/** What connections have committed last. */
export interface CommitsTable {
  connection: string;
  last: number;
  /** Milliseconds. */
  date_updated: number;
}

/** One row: which of the possible logs the log is. */
export interface EpochsTable {
  id: number;
  epoch: number;
  /** Where PostgreSQL had it when that was noted; null elsewhere. */
  origin: string | null;
}

export interface ConnectedUsersTable {
  user_sid: string;
  /** `alone` where the process does not share the database. */
  node: string;
}
