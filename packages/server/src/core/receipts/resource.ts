import { createHash } from 'node:crypto';
import { type DeliveryStatus, isSid, type ReceiptResource, type ShownReceipt, type Sid } from '@colloquy/protocol';
import type { ReceiptsTable } from '../../storage/schema.ts';

export function receiptResource(row: ReceiptsTable): ReceiptResource {
  return {
    sid: row.sid as Sid<'DY'>,
    conversationSid: row.conversation_sid as Sid<'CH'>,
    messageSid: row.message_sid as Sid<'IM'>,
    messageIndex: row.message_index,
    participantSid: row.participant_sid as Sid<'MB'>,
    channelMessageSid: row.channel_message_sid as Sid<'SM'> | null,
    status: row.status as DeliveryStatus | null,
    errorCode: row.error_code,
    dateCreated: row.date_created,
    dateUpdated: row.date_updated,
  };
}

/** As programs see it. */
export function shownReceipt(row: ReceiptsTable): ShownReceipt {
  const receipt = receiptResource(row);
  return {
    ...receipt,
    status: receipt.status ?? 'queued',
    dateCreated: new Date(receipt.dateCreated).toISOString(),
    dateUpdated: new Date(receipt.dateUpdated).toISOString(),
  };
}

/**
 * The contract shows the channel's id of a message as a SID. A provider's id that is none is hashed into one,
 * always the same, so that what the provider reports under its id is found by the SID. Two channels may use the same
 * ids for different messages.
 */
export function channelMessageSid(channel: string, providerId: string): string {
  if (isSid(providerId)) return providerId;
  return `SM${createHash('sha256').update(`${channel} ${providerId}`).digest('hex').slice(0, 32)}`;
}
