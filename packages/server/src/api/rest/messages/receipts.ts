import { isSid } from '@colloquy/protocol';
import { findReceipt, listReceipts } from '../../../core/receipts/list.ts';
import type { ReceiptsTable } from '../../../storage/schema.ts';
import { presentDate } from '../../http/dates.ts';
import type { ServiceCall } from '../call.ts';
import { type Endpoint, reads } from '../endpoints.ts';
import { presentList } from '../pagination.ts';
import { requireMessage } from './messages.ts';

export const receiptEndpoints: Endpoint<ServiceCall>[] = [
  { path: '/Conversations/:conversation/Messages/:message/Receipts', operations: { GET: reads(list) } },
  { path: '/Conversations/:conversation/Messages/:message/Receipts/:receipt', operations: { GET: reads(fetch) } },
];

async function list(call: ServiceCall) {
  const { sid, conversation_sid } = await requireMessage(call);
  return presentList(call, call.query, {
    key: 'delivery_receipts',
    maxPageSize: 50,
    url: `${call.scope.url}/Conversations/${conversation_sid}/Messages/${sid}/Receipts`,
    fetch: (request) => listReceipts(call.core.db, sid, request),
    present: (row) => presentReceipt(row, call),
  });
}

async function fetch(call: ServiceCall) {
  const message = await requireMessage(call);
  const ref = call.segment('receipt');
  const row = isSid(ref, 'DY') ? await findReceipt(call.core.db, message.sid, ref) : undefined;
  if (!row) throw call.notFound();
  return presentReceipt(row, call);
}

function presentReceipt(row: ReceiptsTable, { scope }: ServiceCall) {
  const message = `${scope.url}/Conversations/${row.conversation_sid}/Messages/${row.message_sid}`;
  return {
    account_sid: row.account_sid,
    ...(scope.named && { chat_service_sid: scope.service }),
    conversation_sid: row.conversation_sid,
    // The contract has them in another order below a service.
    ...(scope.named ? { message_sid: row.message_sid, sid: row.sid } : { sid: row.sid, message_sid: row.message_sid }),
    channel_message_sid: row.channel_message_sid,
    participant_sid: row.participant_sid,
    status: row.status,
    error_code: row.error_code,
    date_created: presentDate(row.date_created),
    date_updated: presentDate(row.date_updated),
    url: `${message}/Receipts/${row.sid}`,
  };
}
