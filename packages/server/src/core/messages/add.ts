import type { Sid } from '@colloquy/protocol';
import type { MediaTable } from '../../storage/schema/media.ts';
import type { MessagesTable } from '../../storage/schema.ts';
import { noteActivity } from '../conversations/state.ts';
import type { ConversationBrief } from '../conversations/store.ts';
import { appendEvent } from '../log.ts';
import { planMessagePush } from '../push/plan.ts';
import { planDeliveries } from '../receipts/plan.ts';
import type { Transaction } from '../transaction.ts';
import { attachMedia, mediaColumn } from './media.ts';
import { messageResource } from './resource.ts';
import { richColumn } from './rich-column.ts';
import { insertMessage, takeIndex } from './store.ts';
import type { TemplateContent } from './template.ts';

export interface NewMessage {
  author: string;
  body: string | null;
  subject?: string | null | undefined;
  /** JSON text, checked. */
  attributes?: string | undefined;
  /** The participant who wrote it; null when the author is none. */
  participantSid: string | null;
  /** Not attached so far, and may be. */
  media?: readonly MediaTable[] | undefined;
  /** What it was made from. */
  template?: TemplateContent | undefined;
  /** A group text: the network that brought it has brought it to all other phones, too. */
  sharedByNetwork?: boolean | undefined;
  /** Overwrites the stored time, for importing history. */
  dateCreated?: number | undefined;
  dateUpdated?: number | undefined;
}

/**
 * Writes a message that was checked and may be sent, from whatever API or channel it comes: takes the index,
 * appends the event, and plans a delivery for each participant outside chat.
 */
export async function addMessage(
  tx: Transaction,
  conversation: ConversationBrief,
  message: NewMessage,
): Promise<MessagesTable> {
  await noteActivity(tx, conversation);
  const dateCreated = message.dateCreated ?? tx.now;
  const taken = await tx.first(takeIndex, { sid: conversation.sid, date: dateCreated, now: tx.now });
  if (!taken) throw new Error(`No conversation ${conversation.sid}.`);
  const row: MessagesTable = {
    conversation_sid: conversation.sid,
    idx: taken.next_index - 1,
    sid: tx.newSid('IM'),
    author: message.author,
    body: message.body,
    subject: message.subject ?? null,
    attributes: message.attributes ?? '{}',
    participant_sid: message.participantSid,
    content_sid: message.template?.sid ?? null,
    rich_content: message.template ? richColumn(message.template) : null,
    media: mediaColumn(message.media ?? []),
    last_updated_by: null,
    receipt_count: 0,
    delivery: null,
    created_position: taken.head,
    position: taken.head,
    date_created: dateCreated,
    date_updated: message.dateUpdated ?? dateCreated,
  };
  const copied = conversation.non_chat_count > 0 && !message.sharedByNetwork;
  const plan = copied ? await planDeliveries(tx, conversation, row) : null;
  if (plan?.summary) {
    row.receipt_count = plan.summary.total;
    row.delivery = JSON.stringify(plan.summary);
  }
  await tx.run(insertMessage, row);
  if (message.media) await attachMedia(tx, message.media, row, conversation.service_sid);
  await appendEvent(tx, row.conversation_sid as Sid<'CH'>, row.position, 'message.added', messageResource(row));
  await plan?.append();
  if (taken.notified) await planMessagePush(tx, conversation, row, taken.notified);
  return row;
}
