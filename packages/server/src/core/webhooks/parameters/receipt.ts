import type { ReceiptResource } from '@colloquy/protocol';
import { dateParameter, type Parameter, parametersOf } from './parameter.ts';

/** onDeliveryUpdated. A copy that still waits has no status; the SDK calls that `queued`, and so do we here. */
export function deliveryUpdated(receipt: ReceiptResource): Parameter[] {
  return parametersOf(
    ['ConversationSid', receipt.conversationSid],
    ['MessageSid', receipt.messageSid],
    ['DeliveryReceiptSid', receipt.sid],
    ['ChannelMessageSid', receipt.channelMessageSid],
    ['ParticipantSid', receipt.participantSid],
    ['Status', receipt.status ?? 'queued'],
    ['ErrorCode', receipt.errorCode],
    ['DateCreated', dateParameter(receipt.dateCreated)],
    ['DateUpdated', dateParameter(receipt.dateUpdated)],
  );
}
