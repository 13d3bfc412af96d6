import type { Client, ClientEvents, Conversation, Participant } from '@colloquy/client';
import { useCallback } from 'react';
import { useClient } from './client-context.ts';
import { listen } from './listen.ts';
import { type Model, storePer, useStore } from './store.ts';
import { type ConversationLike, type ParticipantView, sourceOf, viewOf } from './view.ts';

export interface Typing {
  /** Who is typing now, those first that began first; never the user himself. */
  readonly participants: readonly ParticipantView[];
  /** Tells the others that the user is typing. To be called with each key: not every call goes to the server. */
  readonly typing: () => void;
}

type Typists = ReadonlyMap<Conversation, readonly ParticipantView[]>;

const nobody: readonly ParticipantView[] = [];
const nowhere: Typists = new Map();

/** @internal Who types, in all conversations of a client. */
export const typingStore = storePer((changed, client: Client): Model<Typists> => {
  let typists = nowhere;
  return {
    snapshot: () => typists,
    start() {
      const put = (
        { conversation }: Participant,
        change: (before: readonly ParticipantView[]) => ParticipantView[],
      ) => {
        const next = new Map(typists);
        const present = change(typists.get(conversation) ?? nobody);
        if (present.length) next.set(conversation, present);
        else next.delete(conversation);
        typists = next;
        changed();
      };
      const stop = listen<ClientEvents>(client, {
        typingStarted: (participant) => put(participant, (before) => [...before, viewOf(participant)]),
        typingEnded: (participant) =>
          put(participant, (before) => before.filter(({ source }) => source !== participant)),
      });
      return () => {
        stop();
        typists = nowhere;
      };
    },
  };
});

/** Who is typing in a conversation, and the way to say that the user is. */
export function useTyping(conversation: ConversationLike): Typing {
  const client = useClient();
  const source = sourceOf(conversation);
  const store = client && source && typingStore(client);
  const participants = useStore(
    store && { subscribe: store.subscribe, get: () => store.get().get(source) ?? nobody },
    nobody,
  );
  // Nobody is to be told of a typing indication that did not reach the server.
  const typing = useCallback(() => void source?.typing().catch(() => {}), [source]);
  return { participants, typing };
}
