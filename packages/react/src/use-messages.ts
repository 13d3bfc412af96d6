import { useClient } from './client-context.ts';
import { type Messages, messageWindow } from './message-window.ts';
import { storePer, useStore } from './store.ts';
import { type ConversationLike, sourceOf } from './view.ts';

export interface MessagesOptions {
  /** How many messages are loaded at a time: at most 100. Default: 30. */
  pageSize?: number;
  /**
   * How many are kept at most. What is loaded beyond that at one end is let go at the other, where it can be loaded
   * again. Default: 1000.
   */
  maxMessages?: number;
}

const none: Messages = {
  messages: [],
  pending: [],
  hasOlder: false,
  hasNewer: false,
  isLoadingOlder: false,
  isLoadingNewer: false,
  status: 'loading',
  error: null,
  loadOlder: async () => {},
  loadNewer: async () => {},
  jumpTo: async () => {},
};

const messagesStore = storePer(messageWindow, (_client, ...size) => size.join());

/**
 * The messages of a conversation: the newest ones first, older and newer ones on demand. Components that ask with the
 * same options share one list.
 */
export function useMessages(
  conversation: ConversationLike,
  { pageSize = 30, maxMessages = 1000 }: MessagesOptions = {},
): Messages {
  const client = useClient();
  const source = sourceOf(conversation);
  const atMost = Math.max(pageSize, maxMessages);
  return useStore(client && source && messagesStore(source, client, pageSize, atMost), none);
}
