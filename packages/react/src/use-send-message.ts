import type {
  ColloquyError,
  Conversation,
  ConversationEvents,
  JSONValue,
  MessageBuilder,
  PendingMessage,
  SendEmailOptions,
  SendOptions,
} from '@colloquy/client';
import { useCallback, useState } from 'react';
import { listen } from './listen.ts';
import { storePer, useStore } from './store.ts';
import { type ConversationLike, sourceOf } from './view.ts';

/** A text, or how to put the message together: `(builder) => builder.setBody('See this').addMedia(form)`. */
export type MessageContent = string | ((builder: MessageBuilder) => MessageBuilder);

export interface SendMessage {
  /**
   * Sends a message. It is pending at once, and never rejects, so that nobody has to wait for it.
   *
   * @param attributes for a text; at most 4 KB of JSON
   * @param emailOptions for a text that goes out by e-mail
   * @returns the index of the message; null when it was not sent
   */
  readonly send: (
    content: MessageContent,
    attributes?: JSONValue,
    emailOptions?: SendEmailOptions,
    options?: SendOptions,
  ) => Promise<number | null>;
  /** What is not on the server yet, in its order; failed ones can be sent again or removed. */
  readonly pending: readonly PendingMessage[];
  /** Is one of them on its way, or waiting for that? */
  readonly isSending: boolean;
  /** Why the last one failed, as long as it is neither sent nor removed. */
  readonly error: ColloquyError | null;
}

/** Aborted, removed: somebody wanted it so. */
const wanted = [104, 105];

const none: readonly PendingMessage[] = [];

const pendingStore = storePer((changed, conversation: Conversation) => ({
  snapshot: () => conversation.pendingMessages,
  start: () => listen<ConversationEvents>(conversation, { pendingMessagesChanged: changed }),
}));

/** Sends messages into a conversation. */
export function useSendMessage(conversation: ConversationLike): SendMessage {
  const source = sourceOf(conversation);
  const pending = useStore(source && pendingStore(source), none);
  /** Of a message that did not come so far as to be pending. */
  const [refusal, setRefusal] = useState<ColloquyError | null>(null);
  const send = useCallback<SendMessage['send']>(
    async (content, attributes, emailOptions, options) => {
      if (!source) return null;
      setRefusal(null);
      try {
        if (typeof content === 'string') return await source.sendMessage(content, attributes, emailOptions, options);
        return await content(source.prepareMessage()).buildAndSend(options);
      } catch (reason) {
        const error = reason as ColloquyError;
        const isKnown = wanted.includes(error.code) || source.pendingMessages.some((one) => one.error === error);
        if (!isKnown) setRefusal(error);
        return null;
      }
    },
    [source],
  );
  return {
    send,
    pending,
    isSending: pending.some(({ status }) => status !== 'failed'),
    error: pending.filter(({ error }) => error).at(-1)?.error ?? refusal,
  };
}
