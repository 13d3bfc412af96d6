import type { Db } from '../storage/db.ts';
import { type Finding, mend, restoreBackup } from './check.ts';

/** What the log has of a stream. */
export interface LogOfStream {
  events: number;
  first: number;
  last: number;
}

export async function logsOf(db: Db, streams: readonly string[]): Promise<Map<string, LogOfStream>> {
  if (streams.length === 0) return new Map();
  const rows = await db.sql
    .selectFrom('events')
    .select((eb) => [
      'stream',
      eb.fn.countAll<number>().as('events'),
      eb.fn.min('position').as('first'),
      eb.fn.max('position').as('last'),
    ])
    .where('stream', 'in', streams)
    .groupBy('stream')
    .execute();
  return new Map(
    rows.map(({ stream, events, first, last }) => [
      stream,
      { events: Number(events), first: Number(first), last: Number(last) },
    ]),
  );
}

/** Positions begin with 1, have no gap, and end with the head that the owner's row has. Nothing removes old ones. */
export async function checkStream(
  db: Db,
  table: 'conversations' | 'users',
  { sid, head, position }: { sid: string; head: number; position: number },
  log: LogOfStream | undefined,
): Promise<Finding[]> {
  const where = `${table === 'users' ? 'user' : 'conversation'} ${sid}`;
  if (!log) {
    return [{ where, problem: `Its log is empty, and its newest position is ${head}.`, remedy: restoreBackup }];
  }
  const findings: Finding[] = [];
  if (log.first !== 1) {
    const problem = `Its log begins at position ${log.first}, and should begin at 1.`;
    findings.push({ where, problem, remedy: restoreBackup });
  }
  const missing = log.last - log.first + 1 - log.events;
  if (missing > 0) {
    const problem = `Its log lacks ${missing === 1 ? 'a position' : `${missing} positions`}, first ${await firstGap(db, sid)}.`;
    findings.push({ where, problem, remedy: restoreBackup });
  }
  if (log.last > head) {
    findings.push({
      where,
      problem: `Its log goes up to position ${log.last}, and its row says ${head}: the next change would fail.`,
      remedy: mend(`UPDATE ${table} SET head = ${log.last} WHERE sid = '${sid}'`),
    });
  } else if (log.last < head) {
    const problem = `Its log ends at position ${log.last}, and its row says ${head}: newer events are lost.`;
    findings.push({ where, problem, remedy: restoreBackup });
  }
  if (position > head) {
    const problem = `Its row was changed at position ${position}, and its newest position is ${head}.`;
    findings.push({ where, problem, remedy: restoreBackup });
  }
  return findings;
}

async function firstGap(db: Db, stream: string): Promise<number> {
  const row = await db.sql
    .selectFrom('events')
    .select('position')
    .where('stream', '=', stream)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('events as before')
            .select('before.position')
            .where('before.stream', '=', stream)
            .whereRef('before.position', '=', eb('events.position', '-', 1)),
        ),
      ),
    )
    .orderBy('position')
    .offset(1)
    .limit(1)
    .executeTakeFirst();
  return Number(row?.position ?? 0) - 1;
}
