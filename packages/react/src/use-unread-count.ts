import type { Client, ClientEvents, Conversation, Message } from '@colloquy/client';
import { useClient } from './client-context.ts';
import { listen } from './listen.ts';
import { type Loading, newLoader } from './loading.ts';
import { type Model, storePer, useStore } from './store.ts';
import { type ConversationLike, sourceOf } from './view.ts';

export interface UnreadCount extends Loading {
  /** Null until it is known. Where the user never said how far he has read, all messages count. */
  readonly count: number | null;
}

const none: UnreadCount = { count: null, status: 'loading', error: null };

/** After a question to the server the next one waits so long, in milliseconds. */
const interval = 1000;

/** Asks again after everything that may change the number, though never twice at a time. */
function unreadModel(
  changed: () => void,
  client: Client,
  ask: () => Promise<number>,
  concerns = (_conversation: Conversation) => true,
): Model<UnreadCount> {
  let count: number | null = null;
  let isKnown = false;
  let isDue = false;
  let pause: ReturnType<typeof setTimeout> | undefined;
  const loader = newLoader(changed, ask, (answer) => {
    count = answer;
    isKnown = true;
  });

  function refresh(): void {
    isDue = true;
    goOn();
  }

  function goOn(): void {
    if (!isDue || pause !== undefined || loader.underWay) return;
    isDue = false;
    if (loader.error) isKnown = false;
    pause = setTimeout(() => {
      pause = undefined;
      goOn();
    }, interval);
    loader.load().then(goOn);
  }

  const refreshFor = (conversation: Conversation) => {
    if (concerns(conversation)) refresh();
  };
  const refreshForMessage = (message: Message) => refreshFor(message.conversation);

  return {
    snapshot: () =>
      loader.error
        ? { count: null, status: 'failed', error: loader.error }
        : { count, status: isKnown ? 'ready' : 'loading', error: null },
    start() {
      refresh();
      const stop = listen<ClientEvents>(client, {
        messageAdded: refreshForMessage,
        messageRemoved: refreshForMessage,
        conversationJoined: refreshFor,
        conversationLeft: refreshFor,
        conversationUpdated: ({ conversation, updateReasons }) => {
          if (updateReasons.includes('lastReadMessageIndex')) refreshFor(conversation);
        },
        // After a long absence not every message is announced.
        connectionStateChanged: (state) => {
          if (state === 'connected' && (isKnown || loader.error)) refresh();
        },
      });
      return () => {
        stop();
        clearTimeout(pause);
        pause = undefined;
        isDue = isKnown = false;
        count = null;
        loader.reset();
      };
    },
  };
}

const totalStore = storePer((changed, client: Client) =>
  unreadModel(changed, client, () => client.getUnreadMessagesCount()),
);

const conversationStore = storePer((changed, conversation: Conversation, client: Client) =>
  unreadModel(
    changed,
    client,
    async () => (await conversation.getUnreadMessagesCount()) ?? conversation.getMessagesCount(),
    (other) => other === conversation,
  ),
);

/**
 * How many messages the user has not read: in one conversation, or without an argument in all of them. The number
 * follows what happens within a second, and is exact whenever nothing has happened for that long.
 *
 * @param of null or undefined for a conversation that is not known yet
 */
export function useUnreadCount(...of: [conversation?: ConversationLike]): UnreadCount {
  const client = useClient();
  const source = sourceOf(of[0]);
  // Without an argument is not the same as with a conversation that is not there yet.
  const store = client && (of.length ? source && conversationStore(source, client) : totalStore(client));
  return useStore(store, none);
}
