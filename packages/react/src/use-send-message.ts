import type { ColloquyError, JSONValue, MessageBuilder, SendEmailOptions } from '@colloquy/client';
import { useCallback, useState } from 'react';
import { type ConversationLike, sourceOf } from './view.ts';

/** A text, or how to put the message together: `(builder) => builder.setBody('See this').addMedia(file)`. */
export type MessageContent = string | ((builder: MessageBuilder) => MessageBuilder);

export interface SendMessage {
  /**
   * Sends a message. It never rejects, so that nobody has to wait for it.
   *
   * @param attributes for a text; at most 4 KB of JSON
   * @param emailOptions for a text that goes out by e-mail
   * @returns the index of the message; null when it was not sent, and `error` says why
   */
  readonly send: (
    content: MessageContent,
    attributes?: JSONValue,
    emailOptions?: SendEmailOptions,
  ) => Promise<number | null>;
  /** Is a message of this component on its way? */
  readonly isSending: boolean;
  /** Why the last message of this component was not sent; null when it was, or is on its way. */
  readonly error: ColloquyError | null;
}

/** Sends messages into a conversation. */
export function useSendMessage(conversation: ConversationLike): SendMessage {
  const source = sourceOf(conversation);
  const [underWay, setUnderWay] = useState(0);
  const [error, setError] = useState<ColloquyError | null>(null);
  const send = useCallback<SendMessage['send']>(
    async (content, attributes, emailOptions) => {
      if (!source) return null;
      setUnderWay((before) => before + 1);
      setError(null);
      try {
        if (typeof content === 'string') return await source.sendMessage(content, attributes, emailOptions);
        return await content(source.prepareMessage()).buildAndSend();
      } catch (reason) {
        setError(reason as ColloquyError);
        return null;
      } finally {
        setUnderWay((before) => before - 1);
      }
    },
    [source],
  );
  return { send, isSending: underWay > 0, error };
}
