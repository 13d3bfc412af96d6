import { type Check, type Finding, looked, mend, quoted } from '../check.ts';

const pageSize = 1000;

/** Which servers there are is not looked at: those that were stopped are forgotten by the next one. */
export const presences: Check = {
  name: 'presences',
  about: 'who is connected to a server is online, and nobody else',
  look: async (db, after) => {
    const rows = await db.sql
      .selectFrom('users')
      .leftJoin('presences', 'presences.user_sid', 'users.sid')
      .leftJoin('connected_users', 'connected_users.user_sid', 'users.sid')
      .select((eb) => ['users.sid', 'presences.online', eb.fn.max('connected_users.node').as('node')])
      .where((eb) => eb.or([eb('presences.online', '=', 1), eb('connected_users.node', 'is not', null)]))
      .where('users.sid', '>', after)
      .groupBy(['users.sid', 'presences.online'])
      .orderBy('users.sid')
      .limit(pageSize)
      .execute();
    const findings: Finding[] = [];
    for (const { sid, online, node } of rows) {
      if (online === 1 && node !== null) continue;
      const where = `user ${sid}`;
      if (online === 1) {
        const remedy = mend(`UPDATE presences SET online = 0 WHERE user_sid = ${quoted(sid)}`);
        findings.push({ where, problem: 'He is noted as online, and is connected to no server.', remedy });
      } else {
        const remedy = mend(`DELETE FROM connected_users WHERE user_sid = ${quoted(sid)}`);
        findings.push({ where, problem: `He is noted as connected to ${node}, and as away.`, remedy });
      }
    }
    return looked(findings, rows.length, pageSize, rows.at(-1)?.sid);
  },
};
