/** Resources in the form in which the official client reads them from its Sync objects. */
import type {
  ConversationResource,
  MembershipResource,
  MessageResource,
  ParticipantResource,
  UserResource,
} from '@colloquy/protocol';

import { describeRichMedia } from '../../../core/messages/rich-media.ts';
import { namesOf, objectOf } from './objects.ts';

export function iso(time: number): string {
  return new Date(time).toISOString();
}

/** Of the document of a conversation. Whose read horizon it is about stands in each user's own map. */
export function conversationData(conversation: ConversationResource) {
  const { sid, friendlyName, uniqueName, attributes, createdBy, lastMessage, email } = conversation;
  const { messages, participants } = namesOf(sid);
  return {
    friendlyName,
    uniqueName,
    attributes,
    createdBy,
    dateCreated: iso(conversation.dateCreated),
    dateUpdated: iso(conversation.dateUpdated),
    messages,
    roster: participants,
    lastMessage: lastMessage && { index: lastMessage.index, timestamp: iso(lastMessage.dateCreated) },
    state: { current: conversation.state, dateUpdated: iso(conversation.dateStateUpdated) },
    bindings: email ? { email: { name: email.name ?? null, projected_address: email.projected_address || null } } : {},
  };
}

/** Of the document of a conversation that is over for a user. @param conversation undefined: it goes on without him */
export function formerData(membership: MembershipResource, conversation: ConversationResource | undefined) {
  if (conversation) return conversationData(conversation);
  const { messages, participants } = namesOf(membership.conversationSid);
  return {
    friendlyName: null,
    uniqueName: null,
    attributes: '{}',
    dateCreated: iso(membership.dateCreated),
    dateUpdated: iso(membership.dateCreated),
    messages,
    roster: participants,
    lastMessage: null,
    bindings: {},
  };
}

/** Of an item of a conversation's list. */
export function messageData(message: MessageResource) {
  const { sid, body, author, subject, attributes, contentSid, lastUpdatedBy, participantSid, delivery } = message;
  const files = message.media ?? [];
  const rich = describeRichMedia(message);
  const media = files.find(({ category }) => category === 'media');
  return {
    sid,
    type: media ? 'media' : 'text',
    text: body,
    author,
    subject,
    contentSid,
    attributes,
    timestamp: iso(message.dateCreated),
    dateUpdated: iso(message.dateUpdated),
    lastUpdatedBy,
    memberSid: participantSid,
    // What a message had before it could have several.
    ...(media && { media }),
    medias: rich ? [...files, rich] : files,
    ...(delivery && { delivery }),
    channelMetadata: false,
  };
}

/** Of an item of a conversation's roster. */
export function participantData(participant: ParticipantResource) {
  const { identity, type, attributes, roleSid, userSid, lastReadMessageIndex, lastReadTimestamp } = participant;
  return {
    identity,
    type,
    attributes,
    roleSid,
    userInfo: userSid && objectOf('userInfo', userSid).uniqueName,
    dateCreated: iso(participant.dateCreated),
    dateUpdated: iso(participant.dateUpdated),
    lastConsumedMessageIndex: lastReadMessageIndex,
    lastConsumptionTimestamp: lastReadTimestamp === null ? null : iso(lastReadTimestamp),
    bindings: bindingsOf(participant),
  };
}

/** By the channel, as apps find them: `participant.bindings.sms?.address`. */
function bindingsOf({ type, binding }: ParticipantResource): object {
  if (!binding) return {};
  const { address, proxyAddress, projectedAddress, name, level } = binding;
  if (type === 'email') return { email: { name: name || null, address, level } };
  return { [type]: { address, proxy_address: proxyAddress, projected_address: projectedAddress } };
}

/** Of an item of a user's own conversations. The rest of the conversation is in its document. */
export function membershipData(membership: MembershipResource) {
  const { conversation, messages, participants } = namesOf(membership.conversationSid);
  return {
    channel: conversation,
    status: 'joined',
    lastConsumedMessageIndex: membership.lastReadMessageIndex,
    notificationLevel: membership.notificationLevel,
    roster: participants,
    messages,
  };
}

export type InfoKey = 'attributes' | 'friendlyName' | 'reachability';

/** The items of a user's info, in the order of their keys. */
export function infoItems(user: UserResource): { key: InfoKey; data: object }[] {
  return [
    { key: 'attributes', data: { value: user.attributes } },
    { key: 'friendlyName', data: { value: user.friendlyName } },
    { key: 'reachability', data: { online: user.isOnline === true, notifiable: user.isNotifiable === true } },
  ];
}
