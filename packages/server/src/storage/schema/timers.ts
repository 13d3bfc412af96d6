/** What is left to be removed, and who is online. */

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
