import type { DeliveryStatus, DeliverySummary, MediaResource, Sid } from '@colloquy/protocol';
import type { MessagesTable, ReceiptsTable } from '../../storage/schema.ts';
import type { RichContent } from '../content/fill.ts';
import type { ConversationBrief } from '../conversations/store.ts';
import { appendEvent, nextPosition } from '../log.ts';
import { mediaOf } from '../messages/media.ts';
import type { TemplateContent } from '../messages/template.ts';
import { insertAside, insertWork, type NewWork } from '../outbox/store.ts';
import { mailRoutes } from '../participants/by-mail.ts';
import type { Transaction } from '../transaction.ts';
import { noteAttempt } from './attempts.ts';
import { type Barrier, barrierTo, type Standing } from './barriers.ts';
import { groupCopies, type Route } from './group-copies.ts';
import { type MessageReference, referenceIn } from './references.ts';
import { receiptResource } from './resource.ts';
import { bindingsOf, insertReceipt } from './store.ts';
import { summarise } from './summary.ts';

/** The kind of outbox work that sends a copy of a message through a channel. */
export const channelWork = 'channel';

/** What an outbox row of that kind holds: all that sending takes. Its id is the delivery's. */
export interface DeliveryPayload {
  conversation: string;
  message: string;
  receipt: string;
  /** The own address it goes out from. */
  sender: string;
  recipient: string;
  author: string;
  /** What the conversation calls its own side, in e-mails. */
  senderName?: string;
  body: string | null;
  subject?: string;
  /** Absent without media. The bytes are in the media store. */
  media?: readonly MediaResource[];
  /** Of a message that was made from a template. */
  rich?: RichPayload;
  /** What it answers or reacts to, as its attributes say. */
  reference?: MessageReference;
}

/** What channels that have templates, choices or places of their own make of it. */
export interface RichPayload extends RichContent {
  template: string;
  name: string;
  language: string;
  variables: Record<string, string>;
}

export interface DeliveryPlan {
  /** Null when nobody outside chat gets a copy. */
  summary: DeliverySummary | null;
  /** Appends the receipts' events; call it after the message's own was appended. */
  append(): Promise<void>;
}

/**
 * Plans a copy of a message for each participant outside chat except its author: a receipt, and outbox work in
 * the lane of that participant. Sends nothing. The message's position must have been taken, those of the
 * receipts follow it; they also order the lane.
 */
export async function planDeliveries(
  tx: Transaction,
  conversation: Pick<ConversationBrief, 'sid' | 'account_sid' | 'non_chat_count'>,
  message: MessagesTable,
  template?: TemplateContent,
): Promise<DeliveryPlan> {
  let bindings: (Route & Partial<Standing> & { sender_name?: string | null })[] = await tx.all(bindingsOf, {
    conversation: conversation.sid,
  });
  // In a group nobody has a proxy address.
  if (bindings.length === 0) bindings = await groupCopies(tx, conversation.sid, message.participant_sid);
  if (bindings.length < conversation.non_chat_count) {
    bindings = [...bindings, ...(await mailRoutes(tx, conversation.sid))];
  }
  const receipts: ReceiptsTable[] = [];
  const reference = bindings.length > 0 ? referenceIn(message.attributes) : undefined;
  for (const binding of bindings) {
    if (binding.participant_sid === message.participant_sid) continue;
    const sid = tx.newSid('DY');
    const barrier = barrierTo(binding, template !== undefined, tx.now);
    const position = await nextPosition(tx, conversation.sid);
    const receipt: ReceiptsTable = {
      sid,
      account_sid: conversation.account_sid,
      conversation_sid: conversation.sid,
      message_sid: message.sid,
      message_index: message.idx,
      participant_sid: binding.participant_sid,
      delivery_id: sid,
      channel_message_sid: null,
      status: barrier ? 'failed' : null,
      error_code: barrier?.receiptCode ?? 0,
      created_position: position,
      position,
      date_created: tx.now,
      date_updated: tx.now,
    };
    await tx.run(insertReceipt, receipt);
    const payload: DeliveryPayload = {
      conversation: conversation.sid,
      message: message.sid,
      receipt: sid,
      sender: binding.proxy_address,
      recipient: binding.address,
      author: message.author,
      ...(binding.sender_name && { senderName: binding.sender_name }),
      body: message.body,
      ...(message.subject !== null && { subject: message.subject }),
      ...(message.media !== null && { media: mediaOf(message) }),
      ...(template && { rich: richPayload(template) }),
      ...(reference && { reference }),
    };
    const work = {
      id: sid,
      kind: channelWork,
      lane: deliveryLane(conversation.sid, binding.participant_sid),
      seq: position,
      payload: JSON.stringify(payload),
    };
    if (barrier) await putAside(tx, work, receipt, barrier);
    else await insertWork(tx, work);
    receipts.push(receipt);
  }
  return {
    summary: summarise(receipts.map(({ status }) => ({ status: status as DeliveryStatus | null, n: 1 }))),
    append: async () => {
      for (const row of receipts) {
        await appendEvent(tx, row.conversation_sid as Sid<'CH'>, row.position, 'receipt.added', receiptResource(row));
      }
    },
  };
}

/** A dead letter from the start. An operator can have it tried all the same, unless the person wants no messages. */
async function putAside(tx: Transaction, work: NewWork, receipt: ReceiptsTable, barrier: Barrier): Promise<void> {
  const { kind, code, message } = barrier;
  const aside = { ...work, lane: `${work.lane}/${work.id}`, attempt: 0, notBefore: null };
  await insertAside(tx, { ...aside, error: JSON.stringify({ kind, code, message }) });
  const attempt = { delivery: work.id, piece: 0, pieces: 1, receipt: receipt.sid, message: receipt.message_sid };
  await noteAttempt(
    tx,
    { ...attempt, attempt: 0, channel: '', changes: [] },
    { outcome: 'failed', kind, code, message },
  );
}

function richPayload({ sid, name, language, variables, rich }: TemplateContent): RichPayload {
  return { template: sid, name, language, variables, ...rich };
}

/** One person in one conversation gets messages one after the other. */
export function deliveryLane(conversation: string, participant: string): string {
  return `${conversation}/${participant}`;
}
