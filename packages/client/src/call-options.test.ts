import { describe, expect, it } from 'vitest';
import type { CallOptions } from './call-options.ts';
import { Client } from './client.ts';
import { Conversation } from './conversation.ts';
import { Message } from './message.ts';
import { Participant } from './participant.ts';
import { inConversation } from './testing/start.ts';
import { settle } from './testing/turns.ts';
import { User } from './user.ts';

interface World {
  client: Client;
  conversation: Conversation;
  message: Message;
  participant: Participant;
  user: User;
}

type Call = (world: World, options: CallOptions) => Promise<unknown>;

/** Every call that may take a while, by its name. */
const calls: Record<string, Call> = {
  'client.updateToken': ({ client }, options) => client.updateToken('alice#2', options),
  'client.getConversationBySid': ({ client }, options) => client.getConversationBySid('CH99', options),
  'client.peekConversationBySid': ({ client }, options) => client.peekConversationBySid('CH99', options),
  'client.getConversationByUniqueName': ({ client }, options) => client.getConversationByUniqueName('x', options),
  'client.getSubscribedConversations': ({ client }, options) => client.getSubscribedConversations(options),
  'client.createConversation': ({ client }, options) => client.createConversation({}, options),
  'client.getUnreadMessagesCount': ({ client }, options) => client.getUnreadMessagesCount(options),
  'client.getUser': ({ client }, options) => client.getUser('carol', options),
  'client.getSubscribedUsers': ({ client }, options) => client.getSubscribedUsers(options),
  'client.setPushRegistrationId': ({ client }, options) => client.setPushRegistrationId('fcm', 'x', options),
  'client.removePushRegistrations': ({ client }, options) => client.removePushRegistrations('fcm', 'x', options),
  'client.getTemporaryContentUrlsForMediaSids': ({ client }, options) =>
    client.getTemporaryContentUrlsForMediaSids(['ME99'], options),
  'client.getTemporaryContentUrlsForMedia': ({ client, message }, options) =>
    client.getTemporaryContentUrlsForMedia(message.attachedMedia, options),
  'client.getContentTemplates': ({ client }, options) => client.getContentTemplates(options),
  'conversation.add': ({ conversation }, options) => conversation.add('carol', {}, options),
  'conversation.addNonChatParticipant': ({ conversation }, options) =>
    conversation.addNonChatParticipant('+12025550199', '+12025550123', {}, {}, options),
  'conversation.removeParticipant': ({ conversation }, options) => conversation.removeParticipant('bob', options),
  'conversation.getParticipants': ({ conversation }, options) => conversation.getParticipants(options),
  'conversation.getParticipantsCount': ({ conversation }, options) => conversation.getParticipantsCount(options),
  'conversation.getParticipantBySid': ({ conversation }, options) => conversation.getParticipantBySid('MB99', options),
  'conversation.getParticipantByIdentity': ({ conversation }, options) =>
    conversation.getParticipantByIdentity('carol', options),
  'conversation.join': ({ conversation }, options) => conversation.join(options),
  'conversation.leave': ({ conversation }, options) => conversation.leave(options),
  'conversation.delete': ({ conversation }, options) => conversation.delete(options),
  'conversation.getMessages': ({ conversation }, options) => conversation.getMessages(30, 0, 'forward', options),
  'conversation.getMessagesCount': ({ conversation }, options) => conversation.getMessagesCount(options),
  'conversation.getUnreadMessagesCount': ({ conversation }, options) => conversation.getUnreadMessagesCount(options),
  'conversation.advanceLastReadMessageIndex': ({ conversation }, options) =>
    conversation.advanceLastReadMessageIndex(0, options),
  'conversation.updateLastReadMessageIndex': ({ conversation }, options) =>
    conversation.updateLastReadMessageIndex(0, options),
  'conversation.setAllMessagesRead': ({ conversation }, options) => conversation.setAllMessagesRead(options),
  'conversation.setAllMessagesUnread': ({ conversation }, options) => conversation.setAllMessagesUnread(options),
  'conversation.setUserNotificationLevel': ({ conversation }, options) =>
    conversation.setUserNotificationLevel('muted', options),
  'conversation.typing': ({ conversation }, options) => conversation.typing(options),
  'conversation.updateAttributes': ({ conversation }, options) => conversation.updateAttributes({}, options),
  'conversation.updateFriendlyName': ({ conversation }, options) => conversation.updateFriendlyName('x', options),
  'conversation.updateUniqueName': ({ conversation }, options) => conversation.updateUniqueName('x', options),
  'conversation.sendMessage': ({ conversation }, options) =>
    conversation.sendMessage({ contentType: 'text/plain', media: 'x' }, {}, {}, options),
  'conversation.getMessageRecipients': ({ conversation }, options) => conversation.getMessageRecipients(options),
  'message.attachTemporaryUrlsFor': ({ message }, options) =>
    message.attachTemporaryUrlsFor(message.attachedMedia, options),
  'message.getTemporaryContentUrlsForAttachedMedia': ({ message }, options) =>
    message.getTemporaryContentUrlsForAttachedMedia(options),
  'message.getContentData': ({ message }, options) => message.getContentData(options),
  'message.getMessageRecipients': ({ message }, options) => message.getMessageRecipients(options),
  'media.getContentTemporaryUrl': ({ message }, options) => message.media?.getContentTemporaryUrl(options) as never,
  'message.getTemporaryContentUrlsForMedia': ({ message }, options) =>
    message.getTemporaryContentUrlsForMedia(message.attachedMedia ?? [], options),
  'message.getTemporaryContentUrlsForMediaSids': ({ message }, options) =>
    message.getTemporaryContentUrlsForMediaSids(['ME99'], options),
  'message.getDetailedDeliveryReceipts': ({ message }, options) => message.getDetailedDeliveryReceipts(options),
  'message.updateBody': ({ message }, options) => message.updateBody('x', options),
  'message.updateAttributes': ({ message }, options) => message.updateAttributes({}, options),
  'message.remove': ({ message }, options) => message.remove(options),
  'participant.getUser': ({ participant }, options) => participant.getUser(options),
  'participant.remove': ({ participant }, options) => participant.remove(options),
  'participant.updateAttributes': ({ participant }, options) => participant.updateAttributes({}, options),
  'user.updateAttributes': ({ user }, options) => user.updateAttributes({}, options),
  'user.updateFriendlyName': ({ user }, options) => user.updateFriendlyName('x', options),
};

/** Those that, once begun, are finished whoever waits: their request is shared with others, or there is none. */
const shared = ['client.getConversationBySid', 'client.peekConversationBySid', 'client.getConversationByUniqueName'];

/** Those that answer at once, as a rule or in this world. */
const atOnce = [
  'client.shutdown',
  'client.handlePushNotification',
  'client.parsePushNotification',
  'client.unsetPushRegistrationId',
  'conversation.getAttributes',
  'conversation.prepareMessage',

  'message.getChannelMetadata',
  'message.getEmailBody',
  'message.getEmailHistory',
  'message.getMediaByCategories',
  'message.getMediaByCategory',
  'message.getParticipant',
  'user.unsubscribe',
];

it('can be given to every method that may take a while', () => {
  const classes = {
    client: Client,
    conversation: Conversation,
    message: Message,
    participant: Participant,
    user: User,
  };
  const methods = Object.entries(classes).flatMap(([kind, { prototype }]) =>
    Object.entries(Object.getOwnPropertyDescriptors(prototype))
      .filter(([name, { value }]) => typeof value === 'function' && !/^(_|constructor$)/.test(name))
      .map(([name]) => `${kind}.${name}`),
  );
  const tested = Object.keys(calls).filter((name) => !name.startsWith('media.'));
  expect([...tested, ...atOnce].sort()).toEqual([...methods].sort());
});

describe('a signal', () => {
  it.each(Object.entries(calls))('ends %s before it begins, and while it waits', async (name, call) => {
    const opened = await inConversation();
    const { client, conversation, server, network, bob, sid } = opened;
    const media = server.upload('bob', { contentType: 'image/png' });
    bob('messages.send', { conversation: sid, body: 'Hello', media: [media.sid] });
    server.user('carol');
    await settle();
    const [message] = (await conversation.getMessages()).items;
    const participant = await conversation.getParticipantByIdentity('bob');
    const world = { client, conversation, message: message as Message, participant, user: client.user };
    const sent = server.requests.length;

    const reason = new Error('the page was left');
    await expect(call(world, { signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
      code: 104,
      cause: reason,
    });
    const early = server.requests.length - sent;

    network.stop();
    const leaving = new AbortController();
    const waiting = call(world, { signal: leaving.signal });
    const over = Symbol('over');
    const first = await Promise.race([waiting.catch(() => over), settle()]);
    leaving.abort(reason);
    if (first === undefined) await expect(waiting).rejects.toMatchObject({ code: 104, cause: reason });
    network.flow();
    await settle();
    if (!shared.includes(name)) expect(early, 'requests of a call that was over before it began').toBe(0);
  });

  it('withdraws what waits for a connection', async () => {
    const { conversation, network, server, timers } = await inConversation();
    network.online = false;
    network.socket.cut();
    const leaving = new AbortController();
    const renamed = conversation.updateFriendlyName('Supper', { signal: leaving.signal });
    const described = conversation.updateAttributes({ seats: 4 });
    leaving.abort();
    await expect(renamed).rejects.toMatchObject({ code: 104 });
    network.online = true;
    await timers.advance(60_000);
    await described;
    expect(server.requests.filter(({ method }) => method === 'conversations.update')).toHaveLength(1);
    expect(conversation.friendlyName).toBe('Lunch');
  });
});
