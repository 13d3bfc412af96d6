import type { ConversationResource } from '@colloquy/protocol';
import type { StateMove } from '../../transaction.ts';
import { type MessageFile, mediaParameter } from './message.ts';
import { dateParameter, given, type Parameter, parametersOf } from './parameter.ts';

/** Addresses that a conversation is made for, when a channel is what makes it. */
export interface ConversationBinding {
  proxyAddress?: string | null | undefined;
  /** Several are joined by commas. */
  address?: string | null | undefined;
  projectedAddress?: string | null | undefined;
  /** Of a group: who wrote. */
  authorAddress?: string | null | undefined;
}

type Named = Pick<ConversationResource, 'friendlyName' | 'uniqueName' | 'attributes' | 'state'>;
type Dated = Pick<ConversationResource, 'sid' | 'dateCreated' | 'dateUpdated'> & Named;

function bindingParameters(binding: ConversationBinding): Parameter[] {
  return parametersOf(
    ['MessagingBinding.ProxyAddress', given(binding.proxyAddress)],
    ['MessagingBinding.Address', given(binding.address)],
    ['MessagingBinding.ProjectedAddress', given(binding.projectedAddress)],
    ['MessagingBinding.AuthorAddress', given(binding.authorAddress)],
  );
}

/** onConversationAdd. */
export function conversationAdd(
  conversation: Named,
  messagingService: string,
  binding: ConversationBinding = {},
  first: { body?: string | null | undefined; media?: readonly MessageFile[] | undefined } = {},
): Parameter[] {
  return [
    ...parametersOf(
      ['FriendlyName', given(conversation.friendlyName)],
      ['UniqueName', conversation.uniqueName],
      ['Attributes', conversation.attributes],
      ['MessagingServiceSid', messagingService],
    ),
    ...bindingParameters(binding),
    ...parametersOf(
      ['MessageBody', given(first.body)],
      ['Media', mediaParameter(first.media)],
      ['State', conversation.state],
    ),
  ];
}

/** onConversationAdded. */
export function conversationAdded(
  conversation: Dated,
  messagingService: string,
  binding: ConversationBinding = {},
): Parameter[] {
  return [
    ...datesOf(conversation),
    ...parametersOf(
      ['FriendlyName', given(conversation.friendlyName)],
      ['UniqueName', given(conversation.uniqueName)],
      ['Attributes', conversation.attributes],
      ['MessagingServiceSid', messagingService],
    ),
    ...bindingParameters(binding),
    ...parametersOf(['State', conversation.state]),
  ];
}

/** onConversationUpdate (with the values it would get), onConversationUpdated, onConversationRemove. */
export function conversationChange(conversation: Dated, messagingService: string): Parameter[] {
  return [
    ...datesOf(conversation),
    ...parametersOf(
      ['FriendlyName', given(conversation.friendlyName)],
      ['UniqueName', conversation.uniqueName],
      ['Attributes', conversation.attributes],
      ['MessagingServiceSid', messagingService],
      ['State', conversation.state],
    ),
  ];
}

/** onConversationRemoved. */
export function conversationRemoved(conversation: Dated, messagingService: string, removed: number): Parameter[] {
  return [
    ...conversationChange(conversation, messagingService),
    ...parametersOf(['DateRemoved', dateParameter(removed)]),
  ];
}

/** onConversationStateUpdated. */
export function conversationStateUpdated({ conversation, from, to, reason }: StateMove): Parameter[] {
  return parametersOf(
    ['StateUpdated', dateParameter(conversation.date_state_updated)],
    ['StateFrom', from],
    ['StateTo', to],
    ['ConversationSid', conversation.sid],
    ['Reason', reason],
    ['MessagingServiceSid', conversation.messaging_service_sid],
  );
}

function datesOf(conversation: Pick<Dated, 'sid' | 'dateCreated' | 'dateUpdated'>): Parameter[] {
  return parametersOf(
    ['ConversationSid', conversation.sid],
    ['DateCreated', dateParameter(conversation.dateCreated)],
    ['DateUpdated', dateParameter(conversation.dateUpdated)],
  );
}
