import {
  type Client,
  Conversation,
  type ConversationBindings,
  type ConversationEmailBinding,
  type ConversationLimits,
  type ConversationState,
  type ConversationStatus,
  type ConversationUpdatedEventArgs,
  type ConversationUpdateReason,
  type CreateConversationOptions,
  type JSONArray,
  type JSONObject,
  type JSONValue,
  type LastMessage,
  type NotificationLevel,
  type Paginator,
  Participant,
  type ParticipantBindingOptions,
  type ParticipantBindings,
  type ParticipantEmailBinding,
  type ParticipantEmailLevel,
  type ParticipantType,
  type ParticipantUpdatedEventArgs,
  type ParticipantUpdateReason,
  RestPaginator,
} from '@twilio/conversations';

/** Finding, making and changing conversations, and who is in them. */
const tags: JSONArray = ['vip'];
const attributes: JSONObject = { order: 1, tags };

export async function open(client: Client, name: string): Promise<Conversation> {
  const options: CreateConversationOptions = { friendlyName: name, uniqueName: name, attributes };
  const made = await client.createConversation(options);
  await made.join();
  const found = await client.getConversationByUniqueName(name);
  const peeked = await client.peekConversationBySid(found.sid);
  return peeked.status === 'joined' ? client.getConversationBySid(found.sid) : made;
}

export async function* all(client: Client): AsyncGenerator<Conversation> {
  let page: Paginator<Conversation> = await client.getSubscribedConversations();
  for (;;) {
    yield* page.items;
    if (!page.hasNextPage) return;
    page = await page.nextPage();
  }
}

export async function back<T>(page: Paginator<T>): Promise<T[]> {
  if (page instanceof RestPaginator) {
    const { items, hasNextPage, hasPrevPage } = page;
    if (hasPrevPage) return (await page.prevPage()).items;
    return hasNextPage ? (await page.nextPage()).items : items;
  }
  return page.hasPrevPage ? (await page.prevPage()).items : [];
}

const reasons: Record<ConversationUpdateReason, string> = {
  attributes: 'attributes',
  bindings: 'bindings',
  createdBy: 'creator',
  dateCreated: 'made',
  dateUpdated: 'changed',
  friendlyName: 'name',
  lastMessage: 'last message',
  lastReadMessageIndex: 'horizon',
  notificationLevel: 'muted',
  state: 'state',
  status: 'in or out',
  uniqueName: 'unique name',
};

export function line(conversation: Conversation): string {
  const { bindings, createdBy, dateCreated, dateUpdated, friendlyName, lastMessage, state, status, uniqueName } =
    conversation;
  const last: LastMessage = lastMessage ?? {};
  const age = (last.dateCreated ?? dateUpdated ?? dateCreated)?.toISOString();
  return [
    friendlyName ?? uniqueName,
    createdBy,
    stateOf(state),
    standing(status),
    last.index,
    age,
    addresses(bindings),
  ].join();
}

function stateOf(state: ConversationState | undefined): string {
  if (!state) return '';
  switch (state.current) {
    case 'active':
    case 'inactive':
      return state.current;
    case 'closed':
      return `closed at ${state.dateUpdated.toISOString()}`;
  }
}

function standing(status: ConversationStatus): string {
  return status === 'notParticipating' ? 'out' : 'in';
}

function addresses({ email, sms }: ConversationBindings): string {
  const { name, projected_address }: ConversationEmailBinding = email ?? { projected_address: '' };
  return `${name} ${projected_address} ${sms?.address}`;
}

export async function change(conversation: Conversation, log: (...of: unknown[]) => void): Promise<void> {
  conversation.on('updated', ({ updateReasons }: ConversationUpdatedEventArgs) => {
    for (const reason of updateReasons) log(reasons[reason]);
  });
  conversation
    .on(Conversation.updated, (data: ConversationUpdatedEventArgs) => log(line(data.conversation)))
    .on(Conversation.removed, (gone) => log(gone.sid))
    .on(Conversation.participantJoined, (participant) => log(participant.identity))
    .on(Conversation.participantLeft, (participant) => log(participant.identity))
    .on(Conversation.participantUpdated, ({ participant, updateReasons }) => log(participant.sid, updateReasons))
    .on(Conversation.messageAdded, (message) => log(message.body))
    .on(Conversation.messageRemoved, (message) => log(message.sid))
    .on(Conversation.messageUpdated, ({ message, updateReasons }) => log(message.sid, updateReasons))
    .on(Conversation.typingStarted, (participant) => log(participant.isTyping))
    .on(Conversation.typingEnded, (participant) => log(participant.isTyping));
  await conversation.updateFriendlyName('New name');
  await conversation.updateUniqueName(null);
  const now: JSONValue = await conversation.getAttributes();
  await conversation.updateAttributes({ ...attributes, before: now, kept: conversation.attributes });
  const level: NotificationLevel = conversation.notificationLevel === 'muted' ? 'default' : 'muted';
  await conversation.setUserNotificationLevel(level);
}

export async function read(conversation: Conversation): Promise<number> {
  const unread = (await conversation.getUnreadMessagesCount()) ?? (await conversation.getMessagesCount());
  if (unread === 0) return conversation.setAllMessagesUnread();
  const next = (conversation.lastReadMessageIndex ?? -1) + 1;
  await conversation.updateLastReadMessageIndex(null);
  return next > 10 ? conversation.setAllMessagesRead() : conversation.advanceLastReadMessageIndex(next);
}

export async function invite(
  conversation: Conversation,
  identity: string,
  phone: string,
  mail: string,
): Promise<string[]> {
  const { sid } = await conversation.add(identity, { role: 'guest' });
  await conversation.addNonChatParticipant('+12025550100', phone, {});
  const email: ParticipantEmailBinding = { name: 'Eve', address: mail, level: 'cc' };
  const options: ParticipantBindingOptions = { email };
  const answer = await conversation.addNonChatParticipant('support@example.com', mail, {}, options);
  const { limits } = conversation;
  return [sid, answer.sid, answer.attributes, answer.conversation_sid, describeLimits(limits)];
}

function describeLimits(limits: ConversationLimits): string {
  const { mediaAttachmentsCountLimit, mediaAttachmentSizeLimitInMb, mediaAttachmentsTotalSizeLimitInMb } = limits;
  const types = [...limits.emailBodiesAllowedContentTypes, ...limits.emailHistoriesAllowedContentTypes];
  return [mediaAttachmentsCountLimit, mediaAttachmentSizeLimitInMb, mediaAttachmentsTotalSizeLimitInMb, types].join();
}

const participantReasons: Record<ParticipantUpdateReason, string> = {
  attributes: 'attributes',
  bindings: 'bindings',
  dateCreated: 'made',
  dateUpdated: 'changed',
  lastReadMessageIndex: 'horizon',
  lastReadTimestamp: 'when read',
  roleSid: 'role',
};

const levels: Record<ParticipantEmailLevel, string> = { to: 'To', cc: 'Cc' };

function reached(type: ParticipantType, { email }: ParticipantBindings): string {
  return email ? `${type} ${email.name} <${email.address}> ${levels[email.level]}` : type;
}

export async function members(conversation: Conversation, me: string, log: (...of: unknown[]) => void): Promise<void> {
  const everybody = await conversation.getParticipants();
  if (everybody.length !== (await conversation.getParticipantsCount())) log('some are new');
  for (const participant of everybody) {
    const { bindings, dateCreated, dateUpdated, lastReadMessageIndex, lastReadTimestamp, roleSid, type } = participant;
    log(reached(type, bindings), roleSid, lastReadMessageIndex, lastReadTimestamp, dateCreated, dateUpdated);
    participant
      .on(Participant.updated, ({ participant: changed, updateReasons }: ParticipantUpdatedEventArgs) => {
        for (const reason of updateReasons) log(changed.attributes, participantReasons[reason]);
      })
      .on(Participant.typingStarted, (who) => log(who.identity, 'types'))
      .on(Participant.typingEnded, (who) => log(who.conversation.sid, who.identity, 'stopped'));
  }
  const mine = await conversation.getParticipantByIdentity(me);
  await mine?.updateAttributes({ hat: 'red' });
  const user = await mine?.getUser();
  const same = mine && (await conversation.getParticipantBySid(mine.sid));
  log(user?.friendlyName, same?.isTyping, await conversation.getParticipantByIdentity(null));
}

export async function close(conversation: Conversation, other: Participant): Promise<void> {
  await conversation.typing();
  await other.remove();
  await conversation.removeParticipant('somebody');
  await (await conversation.leave()).delete();
}
