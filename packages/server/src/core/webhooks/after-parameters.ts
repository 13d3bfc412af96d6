import type {
  ConversationResource,
  MessageResource,
  ParticipantResource,
  ReceiptResource,
  UserResource,
} from '@colloquy/protocol';
import type { LoggedEvent } from '../../storage/driver.ts';
import type { Change } from './changes.ts';
import {
  type ConversationBinding,
  conversationAdded,
  conversationChange,
  conversationRemoved,
  conversationStateUpdated,
} from './parameters/conversation.ts';
import { messageAdded, messageChange, messageRemoved } from './parameters/message.ts';
import type { Parameter } from './parameters/parameter.ts';
import { participantAdded, participantRemoved, participantUpdated } from './parameters/participant.ts';
import { deliveryUpdated } from './parameters/receipt.ts';
import { userAdded, userUpdated } from './parameters/user.ts';

/**
 * What a webhook is told of a change, beside the common parameters.
 *
 * @param messagingService of the conversation; empty for users
 * @param events everything that the same command has logged
 */
export function afterParameters(
  { event, stream, time, logged, move }: Change,
  messagingService: string,
  events: readonly LoggedEvent[],
): Parameter[] {
  if (move) return conversationStateUpdated(move);
  if (!logged) throw new Error(`Nothing was logged of ${event}.`);
  const data: unknown = JSON.parse(logged.data);
  switch (event) {
    case 'onConversationAdded':
      return conversationAdded(data as ConversationResource, messagingService, bindingOf(stream, events));
    case 'onConversationUpdated':
      return conversationChange(data as ConversationResource, messagingService);
    case 'onConversationRemoved':
      return conversationRemoved(data as ConversationResource, messagingService, time);
    case 'onParticipantAdded':
      return participantAdded(data as ParticipantResource);
    case 'onParticipantUpdated':
      return participantUpdated(data as ParticipantResource);
    case 'onParticipantRemoved':
      return participantRemoved(data as ParticipantResource, time);
    case 'onMessageAdded':
      return messageAdded(data as MessageResource, messagingService);
    case 'onMessageUpdated':
      return messageChange(data as MessageResource);
    case 'onMessageRemoved':
      return messageRemoved(data as MessageResource, time);
    case 'onDeliveryUpdated':
      return deliveryUpdated(data as ReceiptResource);
    case 'onUserAdded':
      return userAdded(data as UserResource);
    case 'onUserUpdated':
      return userUpdated(data as UserResource);
    case 'onConversationStateUpdated':
      throw new Error('A change of state has no event of its own.');
  }
}

/** A conversation that is made together with participants outside chat is made for their addresses. */
export function bindingOf(stream: string, events: readonly LoggedEvent[]): ConversationBinding {
  const own = events.filter((one) => one.stream === stream);
  const bindings = own
    .filter((one) => one.type === 'participant.added')
    .flatMap((one) => (JSON.parse(one.data) as ParticipantResource).binding ?? []);
  const addresses = bindings.flatMap(({ address }) => address ?? []);
  const first = own.find((one) => one.type === 'message.added');
  return {
    address: addresses.join(','),
    proxyAddress: bindings.find((one) => one.proxyAddress !== null)?.proxyAddress,
    projectedAddress: bindings.find((one) => one.projectedAddress !== null)?.projectedAddress,
    authorAddress: addresses.length > 1 && first ? (JSON.parse(first.data) as MessageResource).author : undefined,
  };
}
