import type { Message, Participant } from '@colloquy/client';
import { deliveryOf, type MessageView, type ParticipantView } from './thread-state.ts';

/** The SDK changes its objects in place; React needs plain snapshots of them. */
export function viewOfMessage(message: Message): MessageView {
  return {
    sid: message.sid,
    index: message.index,
    author: message.author ?? '',
    body: message.body ?? '',
    dateCreated: message.dateCreated,
    delivery: deliveryOf(message.aggregatedDeliveryReceipt),
    errorCode: null,
  };
}

export function viewOfParticipant(participant: Participant): ParticipantView {
  return {
    sid: participant.sid,
    identity: participant.identity,
    lastReadMessageIndex: participant.lastReadMessageIndex,
  };
}
