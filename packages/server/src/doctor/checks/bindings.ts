import { groupKey } from '../../core/participants/group.ts';
import { type Check, type Finding, looked, mend, quoted } from '../check.ts';

const pageSize = 500;

export const bindings: Check = {
  name: 'bindings',
  about: 'pairs of addresses are held by participants who have them, in open conversations',
  look: async (db, after) => {
    const from = (after === '' ? ['', '', ''] : JSON.parse(after)) as [string, string, string];
    const rows = await db.sql
      .selectFrom('bindings')
      .leftJoin('participants', 'participants.sid', 'bindings.participant_sid')
      .leftJoin('conversations', 'conversations.sid', 'bindings.conversation_sid')
      .selectAll('bindings')
      .select([
        'participants.sid as participant',
        'participants.conversation_sid as conversation',
        'participants.address as own_address',
        'participants.proxy_address as own_proxy',
        'conversations.state',
      ])
      .where((eb) =>
        eb(eb.refTuple('bindings.account_sid', 'bindings.proxy_address', 'bindings.address'), '>', eb.tuple(...from)),
      )
      .orderBy('bindings.account_sid')
      .orderBy('bindings.proxy_address')
      .orderBy('bindings.address')
      .limit(pageSize)
      .execute();
    const findings: Finding[] = [];
    for (const row of rows) {
      const { address, proxy_address: proxy, participant_sid: sid, conversation_sid } = row;
      let problem: string | undefined;
      if (row.participant === null) problem = `Its participant ${sid} does not exist.`;
      else if (row.state === null) problem = `Its conversation ${conversation_sid} does not exist.`;
      else if (row.state === 'closed') problem = `Its conversation ${conversation_sid} is closed.`;
      else if (row.conversation !== conversation_sid) {
        problem = `It names the conversation ${conversation_sid}, and its participant ${sid} is in ${row.conversation}.`;
      } else if (row.own_address !== address || row.own_proxy !== proxy) {
        problem = `Its participant ${sid} has ${row.own_address ?? 'no address'} and ${row.own_proxy ?? 'no proxy address'}.`;
      }
      if (problem === undefined) continue;
      const condition = `account_sid = ${quoted(row.account_sid)} AND proxy_address = ${quoted(proxy)} AND address = ${quoted(address)}`;
      findings.push({
        where: `pair ${address} and ${proxy}`,
        problem,
        remedy: mend(`DELETE FROM bindings WHERE ${condition}`),
      });
    }
    const last = rows.at(-1);
    const next = last && JSON.stringify([last.account_sid, last.proxy_address, last.address]);
    return looked(findings, rows.length, pageSize, next);
  },
};

export const groups: Check = {
  name: 'groups',
  about: 'sets of numbers are held by the open group conversations that have them',
  look: async (db, after) => {
    const rows = await db.sql
      .selectFrom('group_conversations')
      .leftJoin('conversations', 'conversations.sid', 'group_conversations.conversation_sid')
      .selectAll('group_conversations')
      .select('conversations.state')
      .where('group_conversations.conversation_sid', '>', after)
      .orderBy('group_conversations.conversation_sid')
      .limit(pageSize)
      .execute();
    const sids = rows.map((row) => row.conversation_sid);
    const members =
      sids.length === 0
        ? []
        : await db.sql
            .selectFrom('participants')
            .select(['conversation_sid', 'address', 'projected_address'])
            .where('conversation_sid', 'in', sids)
            .where('type', '<>', 'chat')
            .execute();
    const numbers = new Map<string, string[]>();
    for (const { conversation_sid: sid, address, projected_address } of members) {
      numbers.set(sid, [...(numbers.get(sid) ?? []), projected_address ?? address ?? '']);
    }
    const findings: Finding[] = [];
    for (const { conversation_sid: sid, numbers: held, state } of rows) {
      let problem: string | undefined;
      if (state === null) problem = `Its conversation ${sid} does not exist.`;
      else if (state === 'closed') problem = `Its conversation ${sid} is closed.`;
      else if (groupKey(numbers.get(sid) ?? []) !== held) problem = `The conversation ${sid} that holds it has others.`;
      if (problem === undefined) continue;
      const remedy = mend(`DELETE FROM group_conversations WHERE conversation_sid = '${sid}'`);
      findings.push({ where: `group of ${held}`, problem, remedy });
    }
    return looked(findings, rows.length, pageSize, sids.at(-1));
  },
};
