import type { Db } from '../../storage/db.ts';
import { type Check, type Finding, looked, restoreBackup } from '../check.ts';

const pageSize = 1000;

/** Where that is which an event tells of, by the first word of its type. */
const tables = {
  conversation: 'conversations',
  user: 'users',
  participant: 'participants',
  message: 'messages',
  receipt: 'receipts',
} as const;

type Kind = keyof typeof tables;

/**
 * From the log to the rows; the other checks go the other way. What has no row any more was removed: those count such,
 * where they count.
 */
export const events: Check = {
  name: 'events',
  about: 'every change that the log tells of is in its row, or a later one is',
  thorough: true,
  look: async (db, after) => {
    const rows = await db.sql
      .selectFrom('events')
      .select(['id', 'stream', 'position', 'type', 'data'])
      .where('id', '>', Number(after))
      .orderBy('id')
      .limit(pageSize)
      .execute();
    const changes = rows.flatMap(({ stream, position, type, data }) => {
      const [kind = '', change] = type.split('.');
      if (!Object.hasOwn(tables, kind) || change === 'removed') return [];
      return [{ kind: kind as Kind, sid: sidIn(data), stream, position }];
    });
    const findings: Finding[] = [];
    for (const kind of Object.keys(tables) as Kind[]) {
      const told = changes.filter((change) => change.kind === kind);
      const known = await positionsOf(db, kind, [...new Set(told.map(({ sid }) => sid))]);
      for (const { sid, stream, position } of told) {
        const last = known.get(sid);
        if (last === undefined || last >= position) continue;
        const problem = `The log of ${stream} tells of a change at position ${position}, and its row knows of none after ${last}.`;
        findings.push({ where: `${kind} ${sid}`, problem, remedy: restoreBackup });
      }
    }
    return looked(findings, rows.length, pageSize, rows.at(-1)?.id.toString());
  },
};

function sidIn(data: string): string {
  return String((JSON.parse(data) as { sid?: unknown }).sid);
}

async function positionsOf(db: Db, kind: Kind, sids: readonly string[]): Promise<Map<string, number>> {
  if (sids.length === 0) return new Map();
  const rows = await db.sql.selectFrom(tables[kind]).select(['sid', 'position']).where('sid', 'in', sids).execute();
  return new Map(rows.map(({ sid, position }) => [sid, position]));
}
