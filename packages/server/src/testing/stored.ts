import { readEpoch } from '../storage/epoch.ts';
import type { Snapshots } from '../storage/snapshots.ts';
import { readTable, tables } from '../storage/tables.ts';

/** All rows of a database by table, but for what tells of that database alone. @param snapshots are closed */
export async function contentOf(snapshots: Snapshots): Promise<Record<string, unknown[]>> {
  try {
    return await snapshots.within(async (db) => {
      const content: Record<string, unknown[]> = {};
      for (const table of tables.filter(({ own }) => !own)) {
        content[table.name] = [];
        for await (const rows of readTable(db, table)) content[table.name]?.push(...rows);
      }
      return content;
    });
  } finally {
    await snapshots.close();
  }
}

/** Which log it is. @param snapshots are closed */
export async function epochIn(snapshots: Snapshots): Promise<number> {
  return snapshots.within(readEpoch).finally(() => snapshots.close());
}
