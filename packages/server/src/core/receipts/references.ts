/**
 * Messages that answer or react to others: `reply_to` and `reaction` in their attributes. The networks that know such
 * things get them as such, and what comes from them has the same attributes; see `core/inbound/attributes.ts`.
 */
import { isSid } from '@colloquy/protocol';
import { type Db, prepare } from '../../storage/db.ts';
import { receivedAs } from '../inbound/store.ts';
import { providerIdOf } from './attempts.ts';

export interface MessageReference {
  /** SID of a message, or its index in the conversation. */
  to: string | number;
  /** It only reacts: with an emoji, or takes its reaction back. Absent: it answers. */
  emoji?: string | null;
}

/** @param attributes JSON text of anything */
export function referenceIn(attributes: string): MessageReference | undefined {
  // Most messages have none, and JSON is worth reading only where the word is in it.
  if (!attributes.includes('"reply_to"') && !attributes.includes('"reaction"')) return undefined;
  const value = JSON.parse(attributes) as Record<string, unknown> | null;
  if (typeof value !== 'object' || value === null) return undefined;
  const { reply_to: answered, reaction } = value;
  if (typeof reaction === 'object' && reaction !== null) {
    const { message, emoji } = reaction as { message?: unknown; emoji?: unknown };
    if (isTarget(message) && (emoji === null || typeof emoji === 'string')) return { to: message, emoji };
  }
  return isTarget(answered) ? { to: answered } : undefined;
}

/** People write there what they like; not every database compares an index with what is none. */
function isTarget(value: unknown): value is string | number {
  return typeof value === 'number' ? Number.isSafeInteger(value) : isSid(value, 'IM');
}

const messageIn = prepare((sql, p: { conversation: string; sid: string; index: number }) =>
  sql
    .selectFrom('messages')
    .select('sid')
    .where('conversation_sid', '=', p.conversation)
    .where((eb) => eb.or([eb('sid', '=', p.sid), eb('idx', '=', p.index)])),
);

const receiptFor = prepare((sql, p: { message: string; participant: string }) =>
  sql
    .selectFrom('receipts')
    .select('sid')
    .where('message_sid', '=', p.message)
    .where('participant_sid', '=', p.participant),
);

/** What a channel calls the message that is referred to, for the participant who gets the copy; null: he has not got it there. */
export async function providerIdFor(
  db: Db,
  reference: MessageReference,
  place: { conversation: string; receipt: string; channel: string },
): Promise<string | null> {
  const { conversation, channel } = place;
  const [sid, index] = typeof reference.to === 'string' ? [reference.to, -1] : ['', reference.to];
  const message = (await db.first(messageIn, { conversation, sid, index }))?.sid;
  if (!message) return null;
  const received = await receivedAs(db, message);
  if (received) return received.channel === channel ? received.id : null;
  const own = await db.sql
    .selectFrom('receipts')
    .select('participant_sid')
    .where('sid', '=', place.receipt)
    .executeTakeFirst();
  const copy = own && (await db.first(receiptFor, { message, participant: own.participant_sid }));
  const sent = copy && (await providerIdOf(db, copy.sid));
  return sent?.channel === channel ? sent.id : null;
}

/** So far back a person's last message is looked for. */
const searched = 500;

const lastOf = prepare((sql, p: { conversation: string; receipt: string }) =>
  sql
    .selectFrom((eb) =>
      eb
        .selectFrom('messages')
        .select(['sid', 'idx', 'participant_sid'])
        .where('conversation_sid', '=', p.conversation)
        .orderBy('idx', 'desc')
        .limit(searched)
        .as('latest'),
    )
    .select('latest.sid')
    .where('latest.participant_sid', '=', (eb) =>
      eb.selectFrom('receipts').select('participant_sid').where('sid', '=', p.receipt),
    )
    .orderBy('latest.idx', 'desc')
    .limit(1),
);

/** What a channel calls the last message that whoever gets this copy wrote in the conversation. */
export async function lastReceivedFor(
  db: Db,
  { conversation, receipt, channel }: { conversation: string; receipt: string; channel: string },
): Promise<string | null> {
  const last = await db.first(lastOf, { conversation, receipt });
  const received = last && (await receivedAs(db, last.sid));
  return received?.channel === channel ? received.id : null;
}
