import type { Snapshots } from '../snapshots.ts';
import { dbOver, openReader } from './connection.ts';

/** Reads a database file, beside the server that writes to it or without one. */
export function openSqliteSnapshots(file: string): Snapshots {
  const connection = openReader(file);
  const db = dbOver(connection);
  return {
    within: async (work) => {
      // It sees what is committed by its first query, until it ends.
      connection.exec('BEGIN');
      try {
        return await work(db);
      } finally {
        connection.exec('ROLLBACK');
      }
    },
    close: async () => connection.close(),
  };
}
