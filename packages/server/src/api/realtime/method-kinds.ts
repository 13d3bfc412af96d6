import type { RealtimeMethod } from '@colloquy/protocol';

/** Does a method read, so that its answer may be long and its work is the reader's? The others change or tell something. */
const readsOf: Record<RealtimeMethod, boolean> = {
  connect: false,
  'token.update': false,
  ping: false,
  'conversations.create': false,
  'conversations.list': true,
  'conversations.get': true,
  'conversations.update': false,
  'conversations.delete': false,
  'conversations.join': false,
  'conversations.leave': false,
  'conversations.unread': true,
  'conversations.counts': true,
  'conversations.changes': true,
  'membership.update': false,
  'participants.list': true,
  'participants.get': true,
  'participants.add': false,
  'participants.addNonChat': false,
  'participants.update': false,
  'participants.remove': false,
  'messages.send': false,
  'messages.list': true,
  'messages.get': true,
  'messages.update': false,
  'messages.remove': false,
  'messages.content': true,
  'messages.receipts': true,
  'messages.recipients': true,
  'conversations.recipients': true,
  'media.links': true,
  'content.list': true,
  'users.get': true,
  'users.update': false,
  'users.subscribe': true,
  // It looks up as many as the one above.
  'users.unsubscribe': true,
  'push.register': false,
  'push.unregister': false,
  typing: false,
  'events.list': true,
};

/** @param name of a method, or what a client takes for one */
export function isRead(name: string): boolean {
  return Object.hasOwn(readsOf, name) && readsOf[name as RealtimeMethod];
}
