import findMyWay from 'find-my-way';
import type { Handle } from './call.ts';
import { subscriptionsPath } from './request.ts';
import { getConfiguration } from './rest/configuration.ts';
import { addConversation, changeConversation, getConversation, removeConversation } from './rest/conversations.ts';
import { getChannelMetadata, getReceipts, getRecipients } from './rest/deliveries.ts';
import { addMessage, changeMessage, deleteMessage } from './rest/messages.ts';
import { getMyConversation, listMyConversations, updateMyConversation } from './rest/my-conversations.ts';
import { addToConversation, changeParticipant, takeOut } from './rest/participants.ts';
import { register, unregister, unregisterByAddress } from './rest/registrations.ts';
import { getTemplates } from './rest/templates.ts';
import { tellTyping } from './rest/typing.ts';
import { changeUser, getUser } from './rest/users.ts';
import { openItems, openObject } from './sync/open.ts';
import { subscribe } from './sync/subscribe.ts';

const conversation = '/v2/Conversations/:conversation';

/** Everything that a client may ask for through its socket. */
const routes: readonly [method: 'GET' | 'POST' | 'DELETE', path: string, handle: Handle][] = [
  ['GET', '/Client/v2/Configuration', getConfiguration],
  ['GET', '/Client/v2/ContentTemplates', getTemplates],

  ['GET', '/v2/MyConversations', listMyConversations],
  ['GET', '/v2/MyConversations/:conversation', getMyConversation],
  ['POST', '/v2/MyConversations/:conversation', updateMyConversation],
  ['POST', '/v2/Conversations', addConversation],
  ['GET', conversation, getConversation],
  ['POST', conversation, changeConversation],
  ['DELETE', conversation, removeConversation],
  ['POST', `${conversation}/Participants`, addToConversation],
  ['POST', `${conversation}/Participants/:participant`, changeParticipant],
  ['DELETE', `${conversation}/Participants/:participant`, takeOut],
  ['POST', `${conversation}/Messages`, addMessage],
  ['POST', `${conversation}/Messages/:message`, changeMessage],
  ['DELETE', `${conversation}/Messages/:message`, deleteMessage],
  ['GET', `${conversation}/Messages/:message/Receipts`, getReceipts],
  ['GET', `${conversation}/Messages/:message/ChannelMetadata`, getChannelMetadata],
  ['GET', `${conversation}/MessageRecipients`, getRecipients],
  ['GET', '/v2/Users/:user', getUser],
  ['POST', '/v2/Users/:user', changeUser],
  ['POST', '/v2/Typing', tellTyping],

  ['GET', '/v3/Documents/:object', openObject('document')],
  ['GET', '/v3/Lists/:object', openObject('list')],
  ['GET', '/v3/Lists/:object/Items', openItems('list')],
  ['GET', '/v3/Maps/:object', openObject('map')],
  ['GET', '/v3/Maps/:object/Items', openItems('map')],
  ['POST', subscriptionsPath, subscribe],

  ['POST', '/v1/registrations', register],
  ['DELETE', '/v1/registrations', unregisterByAddress],
  ['DELETE', '/v1/registrations/:registration', unregister],
];

/** Names of 256 characters, each escaped as up to nine. */
const longestName = 256 * 9;

const router = findMyWay({ maxParamLength: longestName });
const handles = new Map<unknown, { handle: Handle; name: string }>();
for (const [method, path, handle] of routes) {
  const store = {};
  handles.set(store, { handle, name: `${method} ${path}` });
  router.on(method, path, () => {}, store);
}

export interface Route {
  handle: Handle;
  /** Its method and its path, with names in the place of values. */
  name: string;
  /** What the path names, decoded. */
  names: Record<string, string | undefined>;
}

/** @returns undefined when nothing is there, and for names that not every database could look for */
export function routeOf(method: string, path: string): Route | undefined {
  const found = router.find(method as 'GET', path);
  const known = found && handles.get(found.store);
  if (!known || Object.values(found.params).some((name) => name?.includes('\0'))) return undefined;
  return { ...known, names: found.params };
}
