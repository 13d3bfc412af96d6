/** What networks report. They may report it again, late, and in any order. */
import type { Readable } from 'node:stream';
import type { DeliveryStatus, MediaCategory } from '@colloquy/protocol';
import type { Routing } from '../core/inbound/actions.ts';
import type { Address, ProviderError, TextPart } from './message.ts';

/** A file that somebody sent; what the network says of it may be wrong. */
export type InboundMedia = {
  kind: 'media';
  contentType: string | null;
  filename: string | null;
  /** `media` when left out; of e-mails also `body` and `history`: the text as it came, and what it quotes. */
  category?: MediaCategory;
} & (
  | {
      /** The bytes are here. Rejects when they cannot be had now; the event is not taken in then. */
      open(): Promise<Readable>;
    }
  | {
      /** Plain JSON: what `Channel.fetchMedia` needs to fetch them. The event is taken in at once, and they follow. */
      source: unknown;
    }
);

export type InboundPart = TextPart | InboundMedia;

export interface InboundMessage {
  type: 'message';
  /** Unique within the channel: what recognises a repetition. */
  eventId: string;
  providerId: string;
  /** The person. */
  sender: Address;
  /** What else the network calls the same person, the likeliest first: whichever of them is bound gets the message. */
  aliases?: readonly Address[];
  /** The own address. */
  recipient: Address;
  /**
   * Of a group text: everybody else it went to. A text that reaches several own numbers of one channel is reported
   * once, with one of them as the recipient.
   */
  others?: readonly Address[];
  /** By the provider's clock, in milliseconds. Kept and shown, never trusted for order. */
  at: number;
  /** Text, media, or both. */
  parts: readonly InboundPart[];
  subject?: string;
  /** What the provider calls the message that this one answers, or reacts to. */
  replyTo?: string;
  /** It only reacts to that message: an emoji, or null where the reaction was taken back. */
  reaction?: string | null;
  /** The conversation that it names itself, where that cannot be guessed; before all other rules. */
  conversation?: string;
  /**
   * Whoever followed a link into that conversation joins it, unless he is in another open one through the same addresses:
   * then what he writes goes there.
   */
  joins?: boolean;
  /** What the provider calls messages of the same thread, the nearest first; after the pair of addresses. */
  thread?: readonly string[];
  /** The network wrote it in the person's name, so that it opens no window. */
  notice?: boolean;
  /**
   * Nothing proves who sent it, as is the case for most e-mail: it joins a conversation only where it names that one
   * itself, never for the addresses that it says it went between.
   */
  unproven?: boolean;
  /** What else the network says of it: becomes `channel` in the message's attributes. Plain JSON, small. */
  details?: Readonly<Record<string, unknown>>;
}

/** At least one of `deliveryId` and `providerId` says what it is about. */
export interface InboundStatus {
  type: 'status';
  eventId: string;
  /** As in the `SendRequest`. */
  deliveryId?: string;
  providerId?: string;
  status: DeliveryStatus;
  at: number;
  /** With a kind that concerns the whole sender, as credentials and billing do, the sender rests and the copy waits. */
  error?: Omit<ProviderError, 'kind'> & { kind?: ProviderError['kind'] };
}

/** The person does not want to be written to by this address any more, or again. */
export interface InboundConsent {
  type: 'consent';
  eventId: string;
  sender: Address;
  recipient: Address;
  state: 'stop' | 'start';
  at: number;
}

export type InboundEvent = InboundMessage | InboundStatus | InboundConsent;

/** What became of an event. A status may change nothing, or wait for the answer to the send that it is about. */
export type Ingested =
  | { type: 'message'; routing: Routing }
  | { type: 'status'; outcome: 'changed' | 'ignored' | 'unmatched' }
  | { type: 'consent' };
