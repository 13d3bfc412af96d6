import type { Client, Conversation, Paginator } from '@colloquy/client';
import { useClient } from './client-context.ts';
import { keepLoaded, type Loading, newLoader } from './loading.ts';
import { type Model, storePer, useStore } from './store.ts';
import { listenToConversations } from './use-conversation.ts';
import { type ConversationView, viewOf } from './view.ts';

export interface Conversations extends Loading {
  /** Those the user is in, as far as they are loaded, the one with the newest message or the newest one first. */
  readonly conversations: readonly ConversationView[];
  /** Are there more at the server? One with something new comes by itself. */
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  /** Loads the next page; resolves when it is here, or `error` says why not. */
  readonly loadMore: () => Promise<void>;
}

const none: Conversations = {
  conversations: [],
  status: 'loading',
  error: null,
  hasMore: false,
  isLoadingMore: false,
  loadMore: async () => {},
};

const conversationsStore = storePer((changed, client: Client): Model<Conversations> => {
  const all = new Map<string, ConversationView>();
  let page: Paginator<Conversation> | null = null;

  function put(conversation: Conversation): void {
    if (conversation.status === 'joined') all.set(conversation.sid, viewOf(conversation));
    else all.delete(conversation.sid);
  }
  function take(next: Paginator<Conversation>): void {
    page = next;
    for (const conversation of next.items) put(conversation);
  }
  const first = newLoader(changed, () => client.getSubscribedConversations(), take);
  const more = newLoader(changed, () => (page as Paginator<Conversation>).nextPage(), take);
  const hasMore = () => page?.hasNextPage ?? false;
  const loadMore = async () => (hasMore() ? (more.underWay ?? more.load()) : undefined);

  return {
    snapshot: () => ({
      conversations: [...all.values()].sort(byLastActivity),
      status: first.status,
      error: first.error ?? more.error,
      hasMore: hasMore(),
      isLoadingMore: more.underWay !== null,
      loadMore,
    }),
    start() {
      const stopLoading = keepLoaded(client, first);
      const stop = listenToConversations(client, (conversation) => {
        put(conversation);
        changed();
      });
      return () => {
        stopLoading();
        stop();
        more.reset();
        all.clear();
        page = null;
      };
    },
  };
});

function byLastActivity(a: ConversationView, b: ConversationView): number {
  return lastActivity(b) - lastActivity(a) || (a.sid < b.sid ? 1 : -1);
}

/** Milliseconds. */
function lastActivity({ lastMessage, dateCreated }: ConversationView): number {
  return Number(lastMessage?.dateCreated ?? dateCreated);
}

/**
 * The conversations that the user is in, sorted by their last activity. One in which something happens comes to the
 * top at once, whether it was loaded or not.
 */
export function useConversations(): Conversations {
  const client = useClient();
  return useStore(client && conversationsStore(client), none);
}
