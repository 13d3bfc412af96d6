/** How messages fared with people outside chat. */

import type { RecipientResource } from '@colloquy/protocol';
import { loadConversation } from '../../../core/conversations/actions.ts';
import { findMessage } from '../../../core/messages/actions.ts';
import { listReceipts } from '../../../core/receipts/list.ts';
import { listRecipients, recipientsOf } from '../../../core/receipts/recipients.ts';
import { refuse } from '../../../core/refusal.ts';
import type { ReceiptsTable } from '../../../storage/schema.ts';
import { invalid } from '../../http/parameters.ts';
import type { Call } from '../call.ts';
import { answer, type Handle, nameIn } from '../call.ts';
import { iso } from '../sync/data.ts';
import { readCursor, writeCursor } from './cursors.ts';

const listedAtOnce = 50;
const largestPage = 100;

async function loadMessage(call: Call, message: string) {
  const { core, actor } = call;
  const { row: conversation } = await loadConversation(core.db, actor, actor.service, nameIn(call, 'conversation'));
  const row = await findMessage(core.db, conversation.sid, message);
  if (!row) throw refuse(50500);
  return { conversation, row };
}

/** `GET {messages}/{SID}/Receipts`. */
export const getReceipts: Handle = async (call) => {
  const { row } = await loadMessage(call, nameIn(call, 'message'));
  const page = await listReceipts(call.core.db, row.sid, {
    limit: listedAtOnce,
    cursor: readCursor(call.query, 'string'),
  });
  return answer({
    delivery_receipts: page.items.map(presentReceipt),
    meta: { previous_token: writeCursor(page.previous), next_token: writeCursor(page.next) },
  });
};

/** `GET {conversation}/MessageRecipients`, of one message with `MessageSid`. */
export const getRecipients: Handle = async (call) => {
  const { core, actor, query } = call;
  const message = query.get('MessageSid');
  if (message !== null) {
    const { conversation, row } = await loadMessage(call, message);
    const items = await recipientsOf(core.db, conversation.sid, [row]);
    return answer({
      message_recipients: items.map(presentRecipient),
      meta: { previous_token: null, next_token: null },
    });
  }
  const { row } = await loadConversation(core.db, actor, actor.service, nameIn(call, 'conversation'));
  const size = Number(query.get('PageSize') ?? listedAtOnce);
  if (!Number.isSafeInteger(size) || size < 1) {
    throw invalid('PageSize', 'not a whole number above 0');
  }
  const request = { limit: Math.min(size, largestPage), cursor: readCursor(query, 'number', 'number') };
  const page = await listRecipients(core.db, row, request);
  return answer({
    message_recipients: page.items.map(presentRecipient),
    meta: { previous_token: writeCursor(page.previous), next_token: writeCursor(page.next) },
  });
};

/** `GET {messages}/{SID}/ChannelMetadata`: no channel has any. The client reads the body of this refusal. */
export const getChannelMetadata: Handle = async (call) => {
  await loadMessage(call, nameIn(call, 'message'));
  throw refuse(50530);
};

function presentReceipt(row: ReceiptsTable) {
  return {
    sid: row.sid,
    message_sid: row.message_sid,
    conversation_sid: row.conversation_sid,
    channel_message_sid: row.channel_message_sid,
    participant_sid: row.participant_sid,
    status: row.status ?? 'queued',
    error_code: row.error_code,
    date_created: iso(row.date_created),
    date_updated: iso(row.date_updated),
  };
}

function presentRecipient({ messageSid, type, level, name, address }: RecipientResource) {
  return { type, message_sid: messageSid, level, name: name || null, address };
}
