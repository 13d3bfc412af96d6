import type { Client, ClientEvents, Conversation, ConversationEvents, Participant } from '@colloquy/client';
import { useClient } from './client-context.ts';
import { listen } from './listen.ts';
import { keepLoaded, type Loading, newLoader } from './loading.ts';
import { type Model, storePer, useStore } from './store.ts';
import { type ConversationLike, type ParticipantView, sourceOf, viewOf } from './view.ts';

export interface Participants extends Loading {
  /** All of them, in the order in which they came. */
  readonly participants: readonly ParticipantView[];
}

const none: Participants = { participants: [], status: 'loading', error: null };

const participantsStore = storePer((changed, conversation: Conversation, client: Client): Model<Participants> => {
  const all = new Map<string, ParticipantView>();
  const loader = newLoader(
    changed,
    () => conversation.getParticipants(),
    (participants) => {
      all.clear();
      for (const participant of participants) put(participant);
    },
  );
  const put = (participant: Participant) => void all.set(participant.sid, viewOf(participant));

  return {
    snapshot: () => ({ participants: [...all.values()], status: loader.status, error: loader.error }),
    start() {
      const stopLoading = keepLoaded(client, loader);
      // While the list is on its way the client brings it up to date itself.
      const renew = (participant: Participant) => {
        if (!all.has(participant.sid)) return;
        put(participant);
        changed();
      };
      const stop = listen<ConversationEvents>(conversation, {
        participantJoined: (participant) => {
          if (loader.status !== 'ready') return;
          put(participant);
          changed();
        },
        participantLeft: ({ sid }) => {
          if (all.delete(sid)) changed();
        },
        participantUpdated: ({ participant }) => renew(participant),
        typingStarted: renew,
        typingEnded: renew,
      });
      const stopClient = listen<ClientEvents>(client, {
        // Nothing was told of while the user was not in it.
        conversationJoined: (joined) => {
          if (joined === conversation) loader.load();
        },
      });
      return () => {
        stopLoading();
        stop();
        stopClient();
        all.clear();
      };
    },
  };
});

/** Who is in a conversation. */
export function useParticipants(conversation: ConversationLike): Participants {
  const client = useClient();
  const source = sourceOf(conversation);
  return useStore(client && source && participantsStore(source, client), none);
}
