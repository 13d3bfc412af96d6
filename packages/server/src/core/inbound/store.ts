import { hash } from 'node:crypto';
import { type Db, prepare } from '../../storage/db.ts';
import type { BindingsTable, InboundEventsTable } from '../../storage/schema.ts';
import { fetchPage, type Page, type PageRequest } from '../paging.ts';
import type { Transaction } from '../transaction.ts';

/** An entry of an index of PostgreSQL has at most 2,704 bytes; mail has the longest ids, of 998. */
const longestId = 1000;

/** An id of a provider's as it is kept and looked for: what is longer than ids are is told apart by its digest. */
function kept(id: string): string {
  return Buffer.byteLength(id) <= longestId ? id : hash('sha256', id, 'hex');
}

const insertOnce = prepare((sql, p: InboundEventsTable) =>
  sql
    .insertInto('inbound_events')
    .values({
      sender: p.sender,
      event_id: p.event_id,
      payload: p.payload,
      outcome: p.outcome,
      reason: p.reason,
      provider_id: p.provider_id,
      conversation_sid: p.conversation_sid,
      message_sid: p.message_sid,
      date_created: p.date_created,
    })
    .onConflict((oc) => oc.columns(['sender', 'event_id']).doNothing()),
);

export interface NewEvent {
  channel: string;
  /** Unique within the channel. */
  eventId: string;
  /** JSON. */
  payload: string;
  outcome: string;
  /** Which message it is or is about, as the provider names it. */
  providerId: string | null;
}

/**
 * @returns its row; undefined when the event was seen before. The key decides, so two that arrive together cannot both
 * be new
 */
export async function insertInbound(tx: Transaction, event: NewEvent): Promise<InboundEventsTable | undefined> {
  const row: InboundEventsTable = {
    sender: event.channel,
    event_id: kept(event.eventId),
    payload: event.payload,
    outcome: event.outcome,
    reason: null,
    provider_id: event.providerId === null ? null : kept(event.providerId),
    conversation_sid: null,
    message_sid: null,
    date_created: tx.now,
  };
  return (await tx.run(insertOnce, row)) > 0 ? row : undefined;
}

const byKey = prepare((sql, p: { sender: string; eventId: string }) =>
  sql.selectFrom('inbound_events').selectAll().where('sender', '=', p.sender).where('event_id', '=', p.eventId),
);

export function selectInbound(db: Db, sender: string, eventId: string): Promise<InboundEventsTable | undefined> {
  return db.first(byKey, { sender, eventId: kept(eventId) });
}

export async function deleteInbound(tx: Transaction, sender: string, eventId: string): Promise<void> {
  await tx.sql
    .deleteFrom('inbound_events')
    .where('sender', '=', sender)
    .where('event_id', '=', kept(eventId))
    .execute();
}

const setOutcome = prepare(
  (
    sql,
    p: {
      sender: string;
      eventId: string;
      outcome: string;
      reason: string | null;
      conversation: string | null;
      message: string | null;
    },
  ) =>
    sql
      .updateTable('inbound_events')
      .set({ outcome: p.outcome, reason: p.reason, conversation_sid: p.conversation, message_sid: p.message })
      .where('sender', '=', p.sender)
      .where('event_id', '=', p.eventId),
);

export interface InboundOutcome {
  outcome: 'routed' | 'unrouted' | 'queued';
  reason?: string | null;
  conversation?: string | null;
  message?: string | null;
}

/** @returns the row as it is now */
export async function settleInbound(
  tx: Transaction,
  row: InboundEventsTable,
  { outcome, reason = null, conversation = null, message = null }: InboundOutcome,
): Promise<InboundEventsTable> {
  const { sender, event_id: eventId } = row;
  await tx.run(setOutcome, { sender, eventId, outcome, reason, conversation, message });
  return { ...row, outcome, reason, conversation_sid: conversation, message_sid: message };
}

const byProviderId = prepare((sql, p: { sender: string; providerId: string }) =>
  sql
    .selectFrom('inbound_events')
    .select(['message_sid', 'conversation_sid'])
    .where('provider_id', '=', p.providerId)
    .where('sender', '=', p.sender)
    .where('outcome', '=', 'routed')
    // Some providers begin to count anew.
    .orderBy('date_created', 'desc')
    .limit(1),
);

/** The message that somebody sent under this id. */
export async function findReceived(
  db: Db,
  channel: string,
  providerId: string,
): Promise<{ message: string; conversation: string } | undefined> {
  const row = await db.first(byProviderId, { sender: channel, providerId: kept(providerId) });
  if (!row?.message_sid || !row.conversation_sid) return undefined;
  return { message: row.message_sid, conversation: row.conversation_sid };
}

const byMessage = prepare((sql, p: { message: string }) =>
  sql.selectFrom('inbound_events').select(['sender', 'provider_id']).where('message_sid', '=', p.message),
);

/** The report that a message came with; undefined for what was written here. */
export function receivedEvent(db: Db, message: string): Promise<InboundEventsTable | undefined> {
  return db.sql.selectFrom('inbound_events').selectAll().where('message_sid', '=', message).executeTakeFirst();
}

/** What the provider calls a message that came from outside. */
export async function receivedAs(db: Db, message: string): Promise<{ channel: string; id: string } | undefined> {
  const row = await db.first(byMessage, { message });
  return row?.provider_id ? { channel: row.sender, id: row.provider_id } : undefined;
}

const bindingOf = prepare((sql, p: { account: string; proxyAddress: string; address: string }) =>
  sql
    .selectFrom('bindings')
    .selectAll()
    .where('account_sid', '=', p.account)
    .where('proxy_address', '=', p.proxyAddress)
    .where('address', '=', p.address),
);

/** The first of the spellings that is bound to the own address in an open conversation. */
export async function findBinding(
  db: Db,
  account: string,
  proxyAddress: string,
  addresses: readonly string[],
): Promise<BindingsTable | undefined> {
  for (const address of addresses) {
    const row = await db.first(bindingOf, { account, proxyAddress, address });
    if (row) return row;
  }
  return undefined;
}

const unmatchedOf = prepare((sql, p: { sender: string; providerId: string }) =>
  sql
    .deleteFrom('inbound_events')
    .where('provider_id', '=', p.providerId)
    .where('sender', '=', p.sender)
    .where('outcome', '=', 'unmatched')
    .returningAll(),
);

/** Takes out the statuses that came before the id that they name was known, in the order they came. */
export async function takeUnmatched(
  tx: Transaction,
  sender: string,
  providerId: string,
): Promise<InboundEventsTable[]> {
  const rows = await tx.all(unmatchedOf, { sender, providerId: kept(providerId) });
  return rows.toSorted((a, b) => a.date_created - b.date_created);
}

/** Newest first. */
export function selectUnrouted(db: Db, request: PageRequest): Promise<Page<InboundEventsTable>> {
  const query = db.sql.selectFrom('inbound_events').selectAll().where('outcome', '=', 'unrouted');
  return fetchPage(
    query,
    [
      { column: 'date_created', order: 'desc' },
      { column: 'sender', order: 'desc' },
      { column: 'event_id', order: 'desc' },
    ],
    request,
  );
}

/** Small enough that nobody who waits for the writer notices. */
const pieceSize = 1000;

/** Deletes a piece of what is older, the oldest first. @returns whether there is more to do */
export async function deleteInboundBefore(tx: Transaction, outcome: string, before: number): Promise<boolean> {
  const older = tx.sql.selectFrom('inbound_events').where('outcome', '=', outcome).where('date_created', '<', before);
  const last = await older
    .select('date_created')
    .orderBy('date_created')
    .offset(pieceSize - 1)
    .limit(1)
    .executeTakeFirst();
  await tx.sql
    .deleteFrom('inbound_events')
    .where('outcome', '=', outcome)
    .where('date_created', '<', last ? last.date_created + 1 : before)
    .execute();
  return last !== undefined;
}

/** Deletes a piece of what is beyond the newest so many. @returns whether there is more to do */
export async function deleteInboundBeyond(tx: Transaction, outcome: string, most: number): Promise<boolean> {
  const newest = tx.sql.selectFrom('inbound_events').where('outcome', '=', outcome).orderBy('date_created', 'desc');
  const edge = await newest.select('date_created').offset(most).limit(1).executeTakeFirst();
  return edge ? deleteInboundBefore(tx, outcome, edge.date_created + 1) : false;
}
