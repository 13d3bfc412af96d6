/** What an outbox row holds that sends a copy of a message through a channel: all that sending takes. */
import type { MediaResource } from '@colloquy/protocol';
import type { MessagesTable } from '../../storage/schema.ts';
import type { RichContent } from '../content/fill.ts';
import { mediaOf } from '../messages/media.ts';
import { templateOf } from '../messages/rich-column.ts';
import { type MessageReference, referenceIn } from './references.ts';
import type { CopyRoute } from './routes.ts';

export interface DeliveryPayload {
  conversation: string;
  message: string;
  receipt: string;
  /** The own address it goes out from. */
  sender: string;
  recipient: string;
  author: string;
  /** What the conversation calls its own side, in e-mails. */
  senderName?: string;
  body: string | null;
  subject?: string;
  /** Absent without media. The bytes are in the media store. */
  media?: readonly MediaResource[];
  /** Of a message that was made from a template. */
  rich?: RichPayload;
  /** What it answers or reacts to, as its attributes say. */
  reference?: MessageReference;
}

/** What channels that have templates, choices or places of their own make of it. */
export interface RichPayload extends RichContent {
  template: string;
  name: string;
  language: string;
  variables: Record<string, string>;
}

/** Made from the message's row alone, so that it can be made again when the outbox row is gone. */
export function payloadOf(message: MessagesTable, receipt: string, route: CopyRoute): DeliveryPayload {
  const rich = templateOf(message);
  const reference = referenceIn(message.attributes);
  return {
    conversation: message.conversation_sid,
    message: message.sid,
    receipt,
    sender: route.proxy_address,
    recipient: route.address,
    author: message.author,
    ...(route.sender_name && { senderName: route.sender_name }),
    body: message.body,
    ...(message.subject !== null && { subject: message.subject }),
    ...(message.media !== null && { media: mediaOf(message) }),
    ...(rich && { rich }),
    ...(reference && { reference }),
  };
}

/** One person in one conversation gets messages one after the other. */
export function deliveryLane(conversation: string, participant: string): string {
  return `${conversation}/${participant}`;
}
