import type { DeliveryStatus } from '@colloquy/protocol';
import { mediaOf } from '../../core/messages/media.ts';
import { messageResource } from '../../core/messages/resource.ts';
import { summarise } from '../../core/receipts/summary.ts';
import type { Db } from '../../storage/db.ts';
import type { MessagesTable } from '../../storage/schema.ts';
import { type Check, type Finding, looked, mend, quoted, restoreBackup } from '../check.ts';
import { differences } from '../compare.ts';

const pageSize = 500;

export const messages: Check = {
  name: 'messages',
  about: 'messages are as their log says, and have the receipts and files that they name',
  thorough: true,
  look: async (db, after) => {
    const rows = await page(db, after);
    const receipts = await receiptsOf(
      db,
      rows.map((row) => row.sid),
    );
    const files = await filesOf(
      db,
      rows.filter((row) => row.media !== null).map((row) => row.sid),
    );
    const findings = rows.flatMap((row) => [
      ...checkLog(row),
      ...checkReceipts(row, receipts.get(row.sid) ?? []),
      ...checkFiles(row, files.get(row.sid) ?? new Set()),
    ]);
    return looked(findings, rows.length, pageSize, rows.at(-1)?.sid);
  },
};

function page(db: Db, after: string) {
  return db.sql
    .selectFrom('messages')
    .leftJoin('conversations', 'conversations.sid', 'messages.conversation_sid')
    .leftJoin('sweeps', 'sweeps.stream', 'messages.conversation_sid')
    .leftJoin('events', (join) =>
      join.onRef('events.stream', '=', 'messages.conversation_sid').onRef('events.position', '=', 'messages.position'),
    )
    .selectAll('messages')
    .select(['conversations.sid as conversation', 'sweeps.stream as swept', 'events.type', 'events.data'])
    .where('messages.sid', '>', after)
    .orderBy('messages.sid')
    .limit(pageSize)
    .execute();
}

type Row = Awaited<ReturnType<typeof page>>[number];

const whereOf = (row: MessagesTable) => `message ${row.sid} (index ${row.idx}) of conversation ${row.conversation_sid}`;

function checkLog(row: Row): Finding[] {
  const where = whereOf(row);
  if (row.conversation === null) {
    if (row.swept !== null) return [];
    const remedy = mend(
      `INSERT INTO sweeps (stream, date_created) VALUES (${quoted(row.conversation_sid)}, ${row.date_created})`,
    );
    return [{ where, problem: 'Its conversation does not exist, and nothing removes what is left of it.', remedy }];
  }
  const find = (problem: string) => [{ where, problem, remedy: restoreBackup }];
  if ((row.type !== 'message.added' && row.type !== 'message.updated') || row.data === null) {
    return find(`The event at position ${row.position}, its last change, is ${row.type ?? 'missing'}.`);
  }
  const differing = differences(row.data, messageResource(row));
  return differing.length > 0 ? find(`Its row and the log say different things of ${differing.join(', ')}.`) : [];
}

type Statuses = { status: DeliveryStatus | null; n: number }[];

async function receiptsOf(db: Db, sids: readonly string[]): Promise<Map<string, Statuses>> {
  const counted = new Map<string, Statuses>();
  if (sids.length === 0) return counted;
  const rows = await db.sql
    .selectFrom('receipts')
    .select((eb) => ['message_sid', 'status', eb.fn.countAll<number>().as('n')])
    .where('message_sid', 'in', sids)
    .groupBy(['message_sid', 'status'])
    .execute();
  for (const { message_sid, status, n } of rows) {
    const statuses = counted.get(message_sid) ?? [];
    statuses.push({ status: status as DeliveryStatus | null, n: Number(n) });
    counted.set(message_sid, statuses);
  }
  return counted;
}

function checkReceipts(row: Row, statuses: Statuses): Finding[] {
  const where = whereOf(row);
  const total = statuses.reduce((sum, { n }) => sum + n, 0);
  if (total !== row.receipt_count) {
    const problem = `The number of its receipts is ${total}, and its row says ${row.receipt_count} (receipt_count).`;
    return [{ where, problem, remedy: mend(`UPDATE messages SET receipt_count = ${total} WHERE sid = '${row.sid}'`) }];
  }
  const summary = summarise(statuses);
  const is = summary === null ? null : JSON.stringify(summary);
  if (is === row.delivery) return [];
  const problem = `Its receipts come to ${is ?? 'nothing'}, and its row says ${row.delivery ?? 'nothing'} (delivery).`;
  const value = is === null ? 'NULL' : quoted(is);
  return [{ where, problem, remedy: mend(`UPDATE messages SET delivery = ${value} WHERE sid = '${row.sid}'`) }];
}

async function filesOf(db: Db, sids: readonly string[]): Promise<Map<string, Set<string>>> {
  const files = new Map<string, Set<string>>();
  if (sids.length === 0) return files;
  const rows = await db.sql
    .selectFrom('media')
    .select(['sid', 'message_sid'])
    .where('message_sid', 'in', sids)
    .execute();
  for (const { sid, message_sid } of rows) {
    if (message_sid !== null) files.set(message_sid, (files.get(message_sid) ?? new Set()).add(sid));
  }
  return files;
}

function checkFiles(row: Row, attached: ReadonlySet<string>): Finding[] {
  return mediaOf(row)
    .filter(({ sid }) => !attached.has(sid))
    .map(({ sid }) => ({
      where: whereOf(row),
      problem: `Its file ${sid} is not known as a file of this message.`,
      remedy: restoreBackup,
    }));
}
