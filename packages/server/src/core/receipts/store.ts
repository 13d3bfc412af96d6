import type { DeliveryStatus } from '@colloquy/protocol';
import { type Db, prepare } from '../../storage/db.ts';
import type { MessagesTable, ParticipantsTable, ReceiptsTable } from '../../storage/schema.ts';
import { fetchPage, type Page, type PageRequest } from '../paging.ts';
import type { Transaction } from '../transaction.ts';
import { statusesBelow } from './ladder.ts';
import type { StatusCounts } from './summary.ts';

/**
 * Who gets a copy: a binding is there for each participant with an address while the conversation is open. With it comes
 * what may stand in the way of a message to him.
 */
export const bindingsOf = prepare((sql, p: { conversation: string }) =>
  sql
    .selectFrom('bindings')
    .leftJoin('sender_addresses', (join) =>
      join
        .onRef('sender_addresses.account_sid', '=', 'bindings.account_sid')
        .onRef('sender_addresses.address', '=', 'bindings.proxy_address'),
    )
    .leftJoin('senders', 'senders.sid', 'sender_addresses.sender_sid')
    .leftJoin('correspondents', (join) =>
      join
        .onRef('correspondents.account_sid', '=', 'bindings.account_sid')
        .onRef('correspondents.proxy_address', '=', 'bindings.proxy_address')
        .onRef('correspondents.address', '=', 'bindings.address'),
    )
    .select([
      'bindings.participant_sid',
      'bindings.address',
      'bindings.proxy_address',
      'senders.window_hours',
      'correspondents.last_inbound',
      'correspondents.stopped',
    ])
    .where('bindings.conversation_sid', '=', p.conversation)
    .orderBy('bindings.participant_sid'),
);

export const insertReceipt = prepare((sql, p: ReceiptsTable) =>
  sql.insertInto('receipts').values({
    sid: p.sid,
    account_sid: p.account_sid,
    conversation_sid: p.conversation_sid,
    message_sid: p.message_sid,
    message_index: p.message_index,
    participant_sid: p.participant_sid,
    delivery_id: p.delivery_id,
    channel_message_sid: p.channel_message_sid,
    status: p.status,
    error_code: p.error_code,
    created_position: p.created_position,
    position: p.position,
    date_created: p.date_created,
    date_updated: p.date_updated,
  }),
);

const receiptBySid = prepare((sql, p: { sid: string }) =>
  sql.selectFrom('receipts').selectAll().where('sid', '=', p.sid),
);

const receiptByChannelMessage = prepare((sql, p: { sid: string }) =>
  sql
    .selectFrom('receipts')
    .selectAll()
    .where('channel_message_sid', '=', p.sid)
    // Some providers begin to count anew: what they report is about the newest.
    .orderBy('date_created', 'desc')
    .limit(1),
);

export function selectReceipt(db: Db, sid: string): Promise<ReceiptsTable | undefined> {
  return db.first(receiptBySid, { sid });
}

export function selectByChannelMessage(db: Db, sid: string): Promise<ReceiptsTable | undefined> {
  return db.first(receiptByChannelMessage, { sid });
}

export function selectReceipts(db: Db, message: string, request: PageRequest): Promise<Page<ReceiptsTable>> {
  const query = db.sql.selectFrom('receipts').selectAll().where('message_sid', '=', message);
  return fetchPage(query, [{ column: 'sid', order: 'asc' }], request);
}

const liveDelivery = prepare((sql, p: { receipt: string; delivery: string }) =>
  sql
    .selectFrom('receipts')
    .innerJoin('conversations', 'conversations.sid', 'receipts.conversation_sid')
    .select('receipts.sid')
    .where('receipts.sid', '=', p.receipt)
    .where('receipts.delivery_id', '=', p.delivery),
);

/** False when the message or its conversation was removed before the copy went out. */
export async function isWanted(db: Db, receipt: string, delivery: string): Promise<boolean> {
  return (await db.first(liveDelivery, { receipt, delivery })) !== undefined;
}

interface Step {
  sid: string;
  errorCode: number;
  now: number;
}

const step = (status: DeliveryStatus) => {
  const below = statusesBelow(status);
  return prepare((sql, p: Step) =>
    sql
      .updateTable('receipts')
      .set({ status, error_code: p.errorCode, date_updated: p.now })
      .where('sid', '=', p.sid)
      .where((eb) =>
        // Nothing is below "sent", and an empty list is not SQL everywhere.
        eb.or([eb('status', 'is', null), ...(below.length > 0 ? [eb('status', 'in', below)] : [])]),
      ),
  );
};

const steps: Record<DeliveryStatus, ReturnType<typeof step>> = {
  sent: step('sent'),
  delivered: step('delivered'),
  read: step('read'),
  failed: step('failed'),
  undelivered: step('undelivered'),
};

/** Moves a receipt up the ladder; false when the status it has forbids that. */
export async function climb(tx: Transaction, sid: string, status: DeliveryStatus, errorCode: number): Promise<boolean> {
  return (await tx.run(steps[status], { sid, errorCode, now: tx.now })) > 0;
}

const setChannelMessage = prepare((sql, p: { sid: string; channelMessage: string; now: number }) =>
  sql
    .updateTable('receipts')
    .set({ channel_message_sid: p.channelMessage, date_updated: p.now })
    .where('sid', '=', p.sid),
);

export function nameChannelMessage(tx: Transaction, sid: string, channelMessage: string): void {
  tx.later(tx.run(setChannelMessage, { sid, channelMessage, now: tx.now }));
}

/** Begins the receipt anew, for a delivery of another id. */
export async function restart(tx: Transaction, sid: string, delivery: string): Promise<void> {
  await tx.sql
    .updateTable('receipts')
    .set({ delivery_id: delivery, channel_message_sid: null, status: null, error_code: 0, date_updated: tx.now })
    .where('sid', '=', sid)
    .execute();
}

const setPosition = prepare((sql, p: { sid: string; position: number }) =>
  sql.updateTable('receipts').set({ position: p.position }).where('sid', '=', p.sid).returningAll(),
);

export async function moveReceipt(tx: Transaction, sid: string, position: number): Promise<ReceiptsTable> {
  const row = await tx.first(setPosition, { sid, position });
  if (!row) throw new Error(`No receipt ${sid}.`);
  return row;
}

const countByStatus = prepare((sql, p: { message: string }) =>
  sql
    .selectFrom('receipts')
    .select((eb) => ['status', eb.fn.countAll<number>().as('n')])
    .where('message_sid', '=', p.message)
    .groupBy('status'),
);

export async function countStatuses(tx: Transaction, message: string): Promise<StatusCounts> {
  const rows = await tx.all(countByStatus, { message });
  return rows.map(({ status, n }) => ({ status: status as DeliveryStatus | null, n: Number(n) }));
}

const messageBySid = prepare((sql, p: { sid: string }) =>
  sql.selectFrom('messages').selectAll().where('sid', '=', p.sid),
);

export function selectMessageBySid(tx: Transaction, sid: string): Promise<MessagesTable | undefined> {
  return tx.first(messageBySid, { sid });
}

const setDelivery = prepare((sql, p: { sid: string; delivery: string | null; position: number }) =>
  sql.updateTable('messages').set({ delivery: p.delivery, position: p.position }).where('sid', '=', p.sid),
);

export function writeDelivery(tx: Transaction, row: MessagesTable): void {
  tx.later(tx.run(setDelivery, { sid: row.sid, delivery: row.delivery, position: row.position }));
}

export function selectParticipantBySid(tx: Transaction, sid: string): Promise<ParticipantsTable | undefined> {
  return tx.sql.selectFrom('participants').selectAll().where('sid', '=', sid).executeTakeFirst();
}

/** Everything that is known of the copies of messages, of a piece of a conversation at most. */
export async function deleteDeliveriesOf(tx: Transaction, messages: readonly string[]): Promise<void> {
  for (const table of ['receipts', 'delivery_pieces', 'delivery_attempts'] as const) {
    await tx.sql.deleteFrom(table).where('message_sid', 'in', messages).execute();
  }
}
