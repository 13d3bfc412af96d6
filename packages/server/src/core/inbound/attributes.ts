import type { Db } from '../../storage/db.ts';
import { findSent } from '../receipts/sent.ts';
import type { ReceiveInbound } from './actions.ts';
import { findReceived } from './store.ts';

/**
 * What the attributes of a message say that came from outside, as JSON text: what it answers (`reply_to`) or reacts to
 * (`reaction`), and what else its network says (`channel`). Programs that write such attributes get the same the other
 * way: see `core/receipts/references.ts`. Too much of it is left out, since the message counts more.
 */
export async function attributesOf(db: Db & { limits: { messageAttributesBytes: number } }, input: ReceiveInbound) {
  const { channel, replyTo, reaction, details } = input;
  const answered = replyTo === undefined ? undefined : await findMessage(db, channel, replyTo);
  const target = answered?.message ?? null;
  const reference = {
    ...(reaction !== undefined ? { reaction: { message: target, emoji: reaction } } : target && { reply_to: target }),
  };
  const complete = { ...reference, ...(details && Object.keys(details).length > 0 && { channel: details }) };
  return [complete, reference]
    .filter((attributes) => Object.keys(attributes).length > 0)
    .map((attributes) => JSON.stringify(attributes))
    .find((text) => Buffer.byteLength(text) <= db.limits.messageAttributesBytes);
}

/** The message that went out or came in under an id of the provider, in whatever conversation. */
export async function findMessage(
  db: Db,
  channel: string,
  providerId: string,
): Promise<{ message: string; conversation: string } | undefined> {
  return (await findReceived(db, channel, providerId)) ?? findSentMessage(db, channel, providerId);
}

/** The same, of messages that went out. */
export async function findSentMessage(
  db: Db,
  channel: string,
  providerId: string,
): Promise<{ message: string; conversation: string } | undefined> {
  const { receipt } = (await findSent(db, channel, providerId)) ?? {};
  return receipt && { message: receipt.message_sid, conversation: receipt.conversation_sid };
}
