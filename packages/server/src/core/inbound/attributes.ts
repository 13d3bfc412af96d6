import type { Db } from '../../storage/db.ts';
import { receiptOf } from '../receipts/delivery-id.ts';
import { selectPieceByChannelMessage } from '../receipts/pieces.ts';
import { channelMessageSid } from '../receipts/resource.ts';
import { selectByChannelMessage, selectReceipt } from '../receipts/store.ts';
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
  const attributes = {
    ...(reaction !== undefined ? { reaction: { message: target, emoji: reaction } } : target && { reply_to: target }),
    ...(details && Object.keys(details).length > 0 && { channel: details }),
  };
  if (Object.keys(attributes).length === 0) return undefined;
  const text = JSON.stringify(attributes);
  return Buffer.byteLength(text) <= db.limits.messageAttributesBytes ? text : undefined;
}

/** The message that went out or came in under an id of the provider, in whatever conversation. */
export async function findMessage(
  db: Db,
  channel: string,
  providerId: string,
): Promise<{ message: string; conversation: string } | undefined> {
  return (await findReceived(db, channel, providerId)) ?? findSent(db, channel, providerId);
}

/** The same, of messages that went out. */
export async function findSent(
  db: Db,
  channel: string,
  providerId: string,
): Promise<{ message: string; conversation: string } | undefined> {
  const sid = channelMessageSid(channel, providerId);
  const piece = await selectPieceByChannelMessage(db, sid);
  const receipt = piece ? await selectReceipt(db, receiptOf(piece.delivery_id)) : await selectByChannelMessage(db, sid);
  return receipt && { message: receipt.message_sid, conversation: receipt.conversation_sid };
}
