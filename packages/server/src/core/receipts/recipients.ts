/**
 * Who a message went to by e-mail, and from whom it came: told from its receipts and its author. Somebody who has left
 * the conversation is known from the event of his removal.
 */
import type { ParticipantResource, RecipientResource, Sid } from '@colloquy/protocol';
import { sql as raw } from 'kysely';
import { type Db, prepare } from '../../storage/db.ts';
import type { ConversationsTable, MessagesTable } from '../../storage/schema.ts';

import type { Cursor, Page, PageRequest } from '../paging.ts';
import { participantResource } from '../participants/resource.ts';
import { refuse } from '../refusal.ts';

type Sent = Pick<MessagesTable, 'sid' | 'idx' | 'author' | 'participant_sid' | 'created_position'>;
type Person = Omit<RecipientResource, 'messageSid'>;

/** Messages that a page of a conversation is looked for in: few have to do with e-mail, where any has. */
const searched = 1000;

const concerned = prepare((sql, p: { conversation: string; from: number; below: number; limit: number }) =>
  sql
    .selectFrom('messages')
    .select(['sid', 'idx', 'author', 'participant_sid', 'created_position'])
    .where('conversation_sid', '=', p.conversation)
    .where('idx', '>=', p.from)
    .where('idx', '<', p.below)
    .where((eb) => eb.or([eb('receipt_count', '>', 0), eb('author', 'like', '%@%')]))
    .orderBy('idx')
    .limit(p.limit),
);

const removalsAtOnce = 100;

// The type stands in the statement itself, or the index of removals would not be used.
const removals = prepare((sql, p: { stream: string; since: number }) =>
  sql
    .selectFrom('events')
    .select(['position', 'data'])
    .where('stream', '=', p.stream)
    .where('position', '>', p.since)
    .where(raw<boolean>`type = 'participant.removed'`)
    .orderBy('position')
    .limit(removalsAtOnce),
);

/** The sender first, then those it was sent to, message by message. */
export async function recipientsOf(
  db: Db,
  conversation: string,
  messages: readonly Sent[],
): Promise<RecipientResource[]> {
  return (await recipientsByMessage(db, conversation, messages)).flat();
}

/** The same of all messages of a conversation, oldest first. A page may be empty although there are more. */
export async function listRecipients(
  db: Db,
  conversation: ConversationsTable,
  { limit, cursor }: PageRequest,
): Promise<Page<RecipientResource>> {
  const [from, taken] = beginOf(cursor);
  const below = from + searched;
  const messages = await db.all(concerned, { conversation: conversation.sid, from, below, limit });
  const lists = await recipientsByMessage(db, conversation.sid, messages);
  const items: RecipientResource[] = [];
  for (const [at, { idx }] of messages.entries()) {
    const before = idx === from ? taken : 0;
    const list = lists[at]?.slice(before) ?? [];
    const fitting = list.slice(0, limit - items.length);
    items.push(...fitting);
    if (fitting.length < list.length) return page(items, [idx, before + fitting.length]);
  }
  const last = messages.length === limit ? messages.at(-1) : undefined;
  const next = last ? last.idx + 1 : below;
  return page(items, next < conversation.next_index ? [next, 0] : null);
}

function beginOf(cursor: Cursor | undefined): [index: number, taken: number] {
  if (!cursor) return [0, 0];
  const [from, taken] = cursor.key.map(Number);
  if (cursor.key.length === 2 && isCount(from) && isCount(taken)) return [from, taken];
  throw refuse(20422, { parameter: 'next', reason: 'not a page that this server gave' });
}

function isCount(value: number | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function page(items: RecipientResource[], next: [index: number, taken: number] | null): Page<RecipientResource> {
  return { items, next: next && { direction: 'next', key: next }, previous: null };
}

async function recipientsByMessage(
  db: Db,
  conversation: string,
  messages: readonly Sent[],
): Promise<RecipientResource[][]> {
  if (messages.length === 0) return [];
  const copies = await copiesOf(db, messages);
  const authors = messages.filter(({ author }) => author.includes('@')).map((message) => message.participant_sid);
  const involved = new Set([...copies.values(), authors].flat().filter((sid) => sid !== null));
  const since = Math.min(...messages.map((message) => message.created_position));
  const people = await mailPeople(db, conversation, [...involved], since);
  return messages.map((message) => {
    const messageSid = message.sid as Sid<'IM'>;
    const sender = people.get(message.participant_sid ?? '');
    const recipients = (copies.get(message.sid) ?? []).flatMap((sid) => people.get(sid) ?? []);
    return [
      ...(sender ? [{ ...sender, messageSid, level: 'from' as const }] : []),
      ...recipients.map((person) => ({ ...person, messageSid })),
    ];
  });
}

/** Participants who may be reached by e-mail and got a copy, by the SID of the message. */
async function copiesOf(db: Db, messages: readonly Sent[]): Promise<Map<string, string[]>> {
  const rows = await db.sql
    .selectFrom('receipts')
    .leftJoin('participants', 'participants.sid', 'receipts.participant_sid')
    .select(['receipts.message_sid', 'receipts.participant_sid'])
    .where(
      'receipts.message_sid',
      'in',
      messages.map((message) => message.sid),
    )
    .where((eb) => eb.or([eb('participants.sid', 'is', null), eb('participants.type', '=', 'email')]))
    .orderBy('receipts.sid')
    .execute();
  const copies = new Map<string, string[]>();
  for (const { message_sid, participant_sid } of rows) {
    const known = copies.get(message_sid);
    if (known) known.push(participant_sid);
    else copies.set(message_sid, [participant_sid]);
  }
  return copies;
}

/** Those of the participants who are, or were, in the conversation by e-mail. */
async function mailPeople(
  db: Db,
  conversation: string,
  sids: readonly string[],
  since: number,
): Promise<Map<string, Person>> {
  const people = new Map<string, Person>();
  if (sids.length === 0) return people;
  const rows = await db.sql.selectFrom('participants').selectAll().where('sid', 'in', sids).execute();
  const gone = new Set(sids);
  for (const row of rows) {
    gone.delete(row.sid);
    note(people, participantResource(row));
  }
  for (let from = since; gone.size > 0; ) {
    const piece = await db.all(removals, { stream: conversation, since: from });
    for (const { position, data } of piece) {
      from = position;
      const participant = JSON.parse(data) as ParticipantResource;
      if (gone.delete(participant.sid)) note(people, participant);
    }
    if (piece.length < removalsAtOnce) break;
  }
  return people;
}

function note(people: Map<string, Person>, { sid, type, binding }: ParticipantResource): void {
  if (type !== 'email' || !binding?.address) return;
  const { address, name = '', level } = binding;
  people.set(sid, { type, level: level === 'cc' ? 'cc' : 'to', name, address });
}
