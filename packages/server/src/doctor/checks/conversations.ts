import { conversationResource } from '../../core/conversations/resource.ts';
import type { Db } from '../../storage/db.ts';
import type { ConversationsTable } from '../../storage/schema.ts';
import { type Check, type Finding, looked, mend, restoreBackup } from '../check.ts';
import { differences } from '../compare.ts';
import { checkStream, logsOf } from '../streams.ts';

const pageSize = 200;

/** What a recount of a conversation gives. */
interface Recount {
  messages: number;
  lastIndex: number | null;
  lastDate: number | null;
  participants: number;
  nonChat: number;
  /** Outside chat and all others alike: the newest position that a row of it names. */
  newestRow: number;
}

export const conversations: Check = {
  name: 'conversations',
  about: 'conversations have a log without gaps, indexes without gaps, and counts that equal recounts',
  look: async (db, after) => {
    const rows = await db.sql
      .selectFrom('conversations')
      .leftJoin('services', 'services.sid', 'conversations.service_sid')
      .leftJoin('events', (join) =>
        join.onRef('events.stream', '=', 'conversations.sid').onRef('events.position', '=', 'conversations.position'),
      )
      .leftJoin('outbox', 'outbox.id', 'conversations.sid')
      .selectAll('conversations')
      .select(['services.account_sid as service_account', 'events.type', 'events.data', 'outbox.kind as work'])
      .where('conversations.sid', '>', after)
      .orderBy('conversations.sid')
      .limit(pageSize)
      .execute();
    const sids = rows.map((row) => row.sid);
    const logs = await logsOf(db, sids);
    const recounts = await recount(db, sids);
    const findings: Finding[] = [];
    for (const row of rows) {
      findings.push(...(await checkStream(db, 'conversations', row, logs.get(row.sid))));
      findings.push(...(await checkCounts(db, row, recounts.get(row.sid) ?? nothing)));
      findings.push(...checkRow(row));
    }
    return looked(findings, rows.length, pageSize, sids.at(-1));
  },
};

const nothing: Recount = {
  messages: 0,
  lastIndex: null,
  lastDate: null,
  participants: 0,
  nonChat: 0,
  newestRow: 0,
};

async function recount(db: Db, sids: readonly string[]): Promise<Map<string, Recount>> {
  const counted = new Map<string, Recount>();
  if (sids.length === 0) return counted;
  const of = (sid: string): Recount => {
    const known = counted.get(sid) ?? { ...nothing };
    counted.set(sid, known);
    return known;
  };
  const messages = await db.sql
    .selectFrom('messages')
    .select((eb) => ['conversation_sid as sid', eb.fn.countAll<number>().as('n'), eb.fn.max('idx').as('last')])
    .where('conversation_sid', 'in', sids)
    .groupBy('conversation_sid')
    .execute();
  for (const { sid, n, last } of messages) Object.assign(of(sid), { messages: Number(n), lastIndex: Number(last) });
  const newest = await db.sql
    .selectFrom('conversations')
    .innerJoin('messages', (join) =>
      join
        .onRef('messages.conversation_sid', '=', 'conversations.sid')
        .onRef('messages.idx', '=', 'conversations.last_message_index'),
    )
    .select(['conversations.sid', 'messages.date_created'])
    .where('conversations.sid', 'in', sids)
    .execute();
  for (const { sid, date_created } of newest) of(sid).lastDate = date_created;
  const participants = await db.sql
    .selectFrom('participants')
    .select((eb) => [
      'conversation_sid as sid',
      eb.fn.countAll<number>().as('n'),
      eb.fn.sum<number>(eb.case().when('type', '=', 'chat').then(0).else(1).end()).as('outside'),
      eb.fn.max('position').as('newest'),
    ])
    .where('conversation_sid', 'in', sids)
    .groupBy('conversation_sid')
    .execute();
  for (const { sid, n, outside, newest } of participants) {
    Object.assign(of(sid), { participants: Number(n), nonChat: Number(outside), newestRow: Number(newest) });
  }
  return counted;
}

async function checkCounts(db: Db, row: ConversationsTable, counted: Recount): Promise<Finding[]> {
  const { sid } = row;
  const where = `conversation ${sid}`;
  const findings: Finding[] = [];
  const hold = (column: keyof ConversationsTable, is: number | null, thing: string) => {
    if (row[column] === is) return;
    findings.push({
      where,
      problem: `${thing} is ${is ?? 'none'}, and its row says ${row[column] ?? 'none'} (${column}).`,
      remedy: mend(`UPDATE conversations SET ${column} = ${is ?? 'NULL'} WHERE sid = '${sid}'`),
    });
  };
  hold('message_count', counted.messages, 'The number of its messages');
  hold('participant_count', counted.participants, 'The number of its participants');
  hold('non_chat_count', counted.nonChat, 'The number of its participants outside chat');
  hold('last_message_index', counted.lastIndex, 'The index of its last message');
  if (row.last_message_index === counted.lastIndex) {
    hold('last_message_date', counted.lastDate, 'The time of its last message');
  }
  if (counted.lastIndex !== null && counted.lastIndex >= row.next_index) {
    const next = counted.lastIndex + 1;
    findings.push({
      where,
      problem: `It has a message with index ${counted.lastIndex}, and its row says that the next one gets ${row.next_index}.`,
      remedy: mend(`UPDATE conversations SET next_index = ${next} WHERE sid = '${sid}'`),
    });
  } else if (row.next_index !== counted.messages) {
    const removed = await removals(db, sid);
    const unused = row.next_index - counted.messages;
    if (unused !== removed) {
      const problem = `${unused} of its indexes have no message, and its log tells of ${removed} that were removed.`;
      findings.push({ where, problem, remedy: restoreBackup });
    }
  }
  if (counted.newestRow > row.head) {
    const problem = `A participant was changed at position ${counted.newestRow}, and its newest position is ${row.head}.`;
    findings.push({ where, problem, remedy: restoreBackup });
  }
  return findings;
}

/** Looked up only where messages are missing: there is no index for it. */
async function removals(db: Db, stream: string): Promise<number> {
  const row = await db.sql
    .selectFrom('events')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('stream', '=', stream)
    .where('type', '=', 'message.removed')
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

interface Joined extends ConversationsTable {
  service_account: string | null;
  type: string | null;
  data: string | null;
  work: string | null;
}

function checkRow(row: Joined): Finding[] {
  const where = `conversation ${row.sid}`;
  const findings: Finding[] = [];
  if (row.service_account !== row.account_sid) {
    const problem =
      row.service_account === null
        ? `Its service ${row.service_sid} does not exist.`
        : `It belongs to the account ${row.account_sid}, and its service to ${row.service_account}.`;
    findings.push({ where, problem, remedy: restoreBackup });
  }
  // A last message is no change of the conversation itself.
  const differing = row.data === null ? [] : differences(row.data, conversationResource(row), ['lastMessage']);
  if (row.type !== 'conversation.added' && row.type !== 'conversation.updated') {
    const problem = `The event at position ${row.position}, its last change, is ${row.type ?? 'missing'}.`;
    findings.push({ where, problem, remedy: restoreBackup });
  } else if (differing.length > 0) {
    const problem = `Its row and the log say different things of ${differing.join(', ')} (position ${row.position}).`;
    findings.push({ where, problem, remedy: restoreBackup });
  }
  if (row.state === 'initializing' && row.work === null) {
    findings.push({
      where,
      problem: 'It waits for participants that it was to be made with, and nobody is going to add them.',
      remedy: `Delete it (DELETE /v1/Services/${row.service_sid}/Conversations/${row.sid}) and make it again.`,
    });
  }
  return findings;
}
