import { type Check, type Finding, looked, mend } from '../check.ts';
import { logsOf } from '../streams.ts';

const pageSize = 500;

/** Of a removed conversation one event stays for good, the one that says so; of a removed user nothing does. */
export const logs: Check = {
  name: 'logs',
  about: 'every log belongs to somebody, or to something that was removed and is being cleared away',
  look: async (db, after) => {
    const streams = await db.sql
      .selectFrom('events')
      .select('stream')
      .distinct()
      .where('stream', '>', after)
      .orderBy('stream')
      .limit(pageSize)
      .execute();
    const names = streams.map(({ stream }) => stream);
    if (names.length === 0) return looked([], 0, pageSize, undefined);
    const owned = new Set<string>();
    for (const table of ['conversations', 'users'] as const) {
      const rows = await db.sql.selectFrom(table).select('sid').where('sid', 'in', names).execute();
      for (const { sid } of rows) owned.add(sid);
    }
    const swept = await db.sql.selectFrom('sweeps').select('stream').where('stream', 'in', names).execute();
    for (const { stream } of swept) owned.add(stream);
    const ownerless = names.filter((name) => !owned.has(name));
    const known = await logsOf(db, ownerless);
    const ended = new Set(
      ownerless.length === 0
        ? []
        : (
            await db.sql
              .selectFrom('events')
              .select('stream')
              .where('stream', 'in', ownerless)
              .where('type', '=', 'conversation.removed')
              .execute()
          ).map(({ stream }) => stream),
    );
    const findings: Finding[] = [];
    for (const stream of ownerless) {
      const { events = 0, last = 0 } = known.get(stream) ?? {};
      if (ended.has(stream) && events === 1) continue;
      const problem = ended.has(stream)
        ? `It was removed, and ${events - 1} events are left that nothing clears away.`
        : `Nobody of this SID exists, and its log has ${events} events up to position ${last}.`;
      const remedy = mend(`INSERT INTO sweeps (stream, date_created) VALUES ('${stream}', 0)`);
      findings.push({ where: `log of ${stream}`, problem, remedy });
    }
    return looked(findings, names.length, pageSize, names.at(-1));
  },
};
