import type { Client, ClientEvents, Conversation } from '@colloquy/client';
import { useClient } from './client-context.ts';
import { listen } from './listen.ts';
import { keepLoaded, type Loading, newLoader } from './loading.ts';
import { type Model, storePer, useStore } from './store.ts';
import { type ConversationLike, type ConversationView, sourceOf, viewOf } from './view.ts';

export interface ConversationResult extends Loading {
  /** Null until it is known. Its `status` says whether the user is in it. */
  readonly conversation: ConversationView | null;
}

const none: ConversationResult = { conversation: null, status: 'loading', error: null };

/** Calls back when something that a view of the conversation shows has changed. @returns what ends it */
export function listenToConversations(client: Client, changed: (conversation: Conversation) => void): () => void {
  return listen<ClientEvents>(client, {
    conversationJoined: changed,
    conversationLeft: changed,
    conversationUpdated: ({ conversation }) => changed(conversation),
  });
}

function conversationModel(changed: () => void, client: Client, ref: string | Conversation): Model<ConversationResult> {
  const known = typeof ref === 'string' ? null : ref;
  let view = known && viewOf(known);
  const loader = newLoader(
    changed,
    async () => known ?? (await find(client, ref as string)),
    (found) => {
      view = viewOf(found);
    },
  );
  return {
    snapshot: () =>
      view
        ? { conversation: view, status: 'ready', error: null }
        : { conversation: null, status: loader.status, error: loader.error },
    start() {
      const stopLoading = keepLoaded(client, loader);
      const stop = listenToConversations(client, (conversation) => {
        const { sid, uniqueName } = conversation;
        // By name as well: it may not have been there, or not for this user, when it was asked for.
        if (view ? view.source !== conversation : sid !== ref && uniqueName !== ref) return;
        view = viewOf(conversation);
        changed();
      });
      return () => {
        stopLoading();
        stop();
        view = known && viewOf(known);
      };
    },
  };
}

function find(client: Client, ref: string): Promise<Conversation> {
  return /^CH[0-9a-f]{32}$/.test(ref) ? client.getConversationBySid(ref) : client.getConversationByUniqueName(ref);
}

const storeOfObject = storePer((changed, conversation: Conversation, client: Client) =>
  conversationModel(changed, client, conversation),
);
const storeOfName = storePer(conversationModel, (ref: string | Conversation) => ref);

/** One conversation: by SID or unique name, or one that is there already, as it is now. */
export function useConversation(conversation: string | ConversationLike): ConversationResult {
  const client = useClient();
  const name = typeof conversation === 'string' ? conversation : null;
  const object = name === null ? sourceOf(conversation as ConversationLike) : null;
  const store = client && (object ? storeOfObject(object, client) : name && storeOfName(client, name));
  return useStore(store || null, none);
}
