import { membershipResource, participantResource } from '../../core/participants/resource.ts';
import type { Db } from '../../storage/db.ts';
import { type Check, type Finding, looked, mend, quoted, restoreBackup } from '../check.ts';
import { differences } from '../compare.ts';

const pageSize = 500;

export const participants: Check = {
  name: 'participants',
  about: 'participants are in a conversation that exists, are as the logs say, and hold their pair of addresses',
  look: async (db, after) => {
    const rows = await page(db, after);
    const findings = rows.flatMap((row) => [...checkOwners(row), ...checkLogs(row), ...checkBinding(row)]);
    return looked(findings, rows.length, pageSize, rows.at(-1)?.sid);
  },
};

function page(db: Db, after: string) {
  return db.sql
    .selectFrom('participants')
    .leftJoin('conversations', 'conversations.sid', 'participants.conversation_sid')
    .leftJoin('users', 'users.sid', 'participants.user_sid')
    .leftJoin('roles', (join) =>
      join.onRef('roles.sid', '=', 'participants.role_sid').onRef('roles.service_sid', '=', 'participants.service_sid'),
    )
    .leftJoin('events', (join) =>
      join
        .onRef('events.stream', '=', 'participants.conversation_sid')
        .onRef('events.position', '=', 'participants.position'),
    )
    .leftJoin('events as memberships', (join) =>
      join
        .onRef('memberships.stream', '=', 'participants.user_sid')
        .onRef('memberships.position', '=', 'participants.membership_position'),
    )
    .leftJoin('bindings', (join) =>
      join
        .onRef('bindings.account_sid', '=', 'participants.account_sid')
        .onRef('bindings.proxy_address', '=', 'participants.proxy_address')
        .onRef('bindings.address', '=', 'participants.address'),
    )
    .selectAll('participants')
    .select([
      'conversations.state',
      'users.identity as known_identity',
      'roles.sid as role',
      'events.type as event_type',
      'events.data',
      'memberships.type as membership_type',
      'memberships.data as membership',
      'bindings.participant_sid as holder',
    ])
    .where('participants.sid', '>', after)
    .orderBy('participants.sid')
    .limit(pageSize)
    .execute();
}

type Row = Awaited<ReturnType<typeof page>>[number];

function checkOwners(row: Row): Finding[] {
  const where = `participant ${row.sid}`;
  if (row.state === null) {
    const problem = `The conversation ${row.conversation_sid} that it is in does not exist.`;
    return [{ where, problem, remedy: mend(`DELETE FROM participants WHERE sid = '${row.sid}'`) }];
  }
  const findings: Finding[] = [];
  const find = (problem: string) => findings.push({ where, problem, remedy: restoreBackup });
  if (row.user_sid !== null && row.known_identity === null) find(`Its user ${row.user_sid} does not exist.`);
  else if (row.user_sid !== null && row.known_identity !== row.identity) {
    find(`It has the identity ${row.identity}, and its user ${row.user_sid} the identity ${row.known_identity}.`);
  }
  if (row.role_sid !== null && row.role === null) find(`Its role ${row.role_sid} does not exist in its service.`);
  return findings;
}

function checkLogs(row: Row): Finding[] {
  if (row.state === null) return [];
  const where = `participant ${row.sid} of conversation ${row.conversation_sid}`;
  const findings: Finding[] = [];
  const find = (problem: string) => findings.push({ where, problem, remedy: restoreBackup });
  const logged = row.event_type === 'participant.added' || row.event_type === 'participant.updated';
  if (!logged || row.data === null) {
    find(`The event at position ${row.position}, its last change, is ${row.event_type ?? 'missing'}.`);
  } else {
    const differing = differences(row.data, participantResource(row));
    if (differing.length > 0) find(`Its row and the log say different things of ${differing.join(', ')}.`);
  }
  if (row.user_sid === null) return findings;
  const told = row.membership_type === 'membership.added' || row.membership_type === 'membership.updated';
  if (!told || row.membership === null) {
    find(
      `In the log of its user ${row.user_sid} the event at position ${row.membership_position} is ${row.membership_type ?? 'missing'}.`,
    );
    return findings;
  }
  const parsed = JSON.parse(row.membership) as { membership?: object };
  const differing = differences(JSON.stringify(parsed.membership ?? parsed), membershipResource(row));
  if (differing.length > 0) {
    find(`Its row and the log of its user ${row.user_sid} say different things of ${differing.join(', ')}.`);
  }
  return findings;
}

/** A pair is held while its conversation is not closed. */
function checkBinding(row: Row): Finding[] {
  const { account_sid, address, proxy_address: proxy, state } = row;
  if (address === null || proxy === null || state === null || state === 'closed' || row.holder === row.sid) return [];
  const where = `participant ${row.sid} of conversation ${row.conversation_sid}`;
  if (row.holder !== null) {
    const problem = `The pair ${address} and ${proxy} is held by the participant ${row.holder}: what ${address} writes goes there.`;
    return [{ where, problem, remedy: 'Remove one of the two participants.' }];
  }
  const values = [account_sid, proxy, address, row.conversation_sid, row.sid].map(quoted).join(', ');
  return [
    {
      where,
      problem: `It does not hold its pair ${address} and ${proxy}: no copy goes to it, and what ${address} writes finds no conversation.`,
      remedy: mend(
        `INSERT INTO bindings (account_sid, proxy_address, address, conversation_sid, participant_sid) VALUES (${values})`,
      ),
    },
  ];
}
