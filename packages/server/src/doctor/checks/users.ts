import { userResource } from '../../core/users/resource.ts';
import { type Check, type Finding, looked, restoreBackup } from '../check.ts';
import { differences } from '../compare.ts';
import { checkStream, logsOf } from '../streams.ts';

const pageSize = 500;

export const users: Check = {
  name: 'users',
  about: 'users have a service, a role, a log without gaps, and are as their log says',
  look: async (db, after) => {
    const rows = await db.sql
      .selectFrom('users')
      .leftJoin('services', 'services.sid', 'users.service_sid')
      .leftJoin('roles', (join) =>
        join.onRef('roles.sid', '=', 'users.role_sid').onRef('roles.service_sid', '=', 'users.service_sid'),
      )
      .leftJoin('events', (join) =>
        join.onRef('events.stream', '=', 'users.sid').onRef('events.position', '=', 'users.position'),
      )
      .selectAll('users')
      .select(['services.sid as service', 'roles.sid as role', 'events.type', 'events.data'])
      .where('users.sid', '>', after)
      .orderBy('users.sid')
      .limit(pageSize)
      .execute();
    const logs = await logsOf(
      db,
      rows.map((row) => row.sid),
    );
    const findings: Finding[] = [];
    for (const row of rows) {
      const where = `user ${row.sid}`;
      const find = (problem: string) => findings.push({ where, problem, remedy: restoreBackup });
      findings.push(...(await checkStream(db, 'users', row, logs.get(row.sid))));
      if (row.service === null) find(`His service ${row.service_sid} does not exist.`);
      else if (row.role === null) find(`His role ${row.role_sid} does not exist in his service.`);
      if (row.type !== 'user.added' && row.type !== 'user.updated') {
        find(`The event at position ${row.position}, his last change, is ${row.type ?? 'missing'}.`);
      } else if (row.data !== null) {
        // Who comes and goes does not change himself.
        const differing = differences(row.data, userResource(row), ['isOnline', 'isNotifiable']);
        if (differing.length > 0) find(`His row and the log say different things of ${differing.join(', ')}.`);
      }
    }
    return looked(findings, rows.length, pageSize, rows.at(-1)?.sid);
  },
};
