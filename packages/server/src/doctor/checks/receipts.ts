import { channelWork } from '../../core/receipts/plan.ts';
import { receiptResource } from '../../core/receipts/resource.ts';
import { type Check, type Finding, looked, mend, restoreBackup } from '../check.ts';
import { differences } from '../compare.ts';

const pageSize = 500;

export const receipts: Check = {
  name: 'receipts',
  about: 'receipts belong to a message, are as the log says, and somebody sends what is queued',
  look: async (db, after) => {
    const rows = await db.sql
      .selectFrom('receipts')
      .leftJoin('messages', 'messages.sid', 'receipts.message_sid')
      .leftJoin('conversations', 'conversations.sid', 'receipts.conversation_sid')
      .leftJoin('outbox', 'outbox.id', 'receipts.delivery_id')
      .leftJoin('events', (join) =>
        join
          .onRef('events.stream', '=', 'receipts.conversation_sid')
          .onRef('events.position', '=', 'receipts.position'),
      )
      .selectAll('receipts')
      .select([
        'messages.idx',
        'messages.conversation_sid as message_conversation',
        'conversations.sid as conversation',
        'outbox.kind as work',
        'events.type',
        'events.data',
      ])
      .where('receipts.sid', '>', after)
      .orderBy('receipts.sid')
      .limit(pageSize)
      .execute();
    const findings: Finding[] = [];
    for (const row of rows) {
      const where = `receipt ${row.sid} of message ${row.message_sid}`;
      const find = (problem: string, remedy = restoreBackup) => findings.push({ where, problem, remedy });
      if (row.idx === null) {
        find('Its message does not exist.', mend(`DELETE FROM receipts WHERE sid = '${row.sid}'`));
        continue;
      }
      if (row.idx !== row.message_index || row.message_conversation !== row.conversation_sid) {
        find(`It says index ${row.message_index} of ${row.conversation_sid}; the message is elsewhere.`);
      }
      // Of a conversation that is being removed the log goes first.
      if (row.conversation === null) continue;
      if ((row.type !== 'receipt.added' && row.type !== 'receipt.updated') || row.data === null) {
        find(`The event at position ${row.position}, its last change, is ${row.type ?? 'missing'}.`);
      } else {
        const differing = differences(row.data, receiptResource(row));
        if (differing.length > 0) find(`Its row and the log say different things of ${differing.join(', ')}.`);
      }
      const queued = row.status === null && row.channel_message_sid === null;
      if (queued && row.work !== channelWork) {
        find(
          'The copy is queued, and nobody is going to send it: it is not in the outbox.',
          'Send the message again to the person, or restore the newest backup that is whole.',
        );
      }
    }
    return looked(findings, rows.length, pageSize, rows.at(-1)?.sid);
  },
};
