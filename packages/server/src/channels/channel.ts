/**
 * What a channel (SMS through some provider, WhatsApp, e-mail, the sandbox …) is to the server. A channel only
 * talks to its network: queues, retries, receipts, routing and duplicates are the server's business and the
 * same for all channels. `conformance.ts` is the suite that each channel passes.
 */
import type { Readable } from 'node:stream';
import type { DeliveryStatus } from '@colloquy/protocol';
import type { Logger } from 'pino';
import type { Scheduler } from '../core/clock.ts';
import type { Routing } from '../core/inbound/actions.ts';

/** In canonical form: `+12025550123`, `whatsapp:+12025550123`, `mailto:ann@example.com`; see `addresses.ts`. */
export type Address = string;

export interface TextPart {
  kind: 'text';
  text: string;
}

/** A file on its way out. */
export interface OutboundMedia {
  kind: 'media';
  sid: string;
  contentType: string;
  filename: string | null;
  /** Bytes. */
  size: number;
  /** Where the provider can fetch it for an hour, without credentials; null where no public URL is configured. */
  url: string | null;
  /** The bytes. Rejects when they are gone. */
  open(): Promise<Readable>;
}

/** A file that somebody sent; what the network says of it may be wrong. */
export interface InboundMedia {
  kind: 'media';
  contentType: string | null;
  filename: string | null;
  /** The bytes. Rejects when they cannot be had now; the event is not taken in then. */
  open(): Promise<Readable>;
}

/** A piece of a message. Places, templates and choices join here with the first channel that carries them. */
export type Part = TextPart | OutboundMedia;
export type InboundPart = TextPart | InboundMedia;

/** The text of a message; a line for each part that has one. */
export function textOf(parts: readonly (Part | InboundPart)[]): string {
  return parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n');
}

export interface SendRequest {
  /** The same over all attempts, never used for another message: the idempotency key, and what reports may name. */
  deliveryId: string;
  /** Counts from 1. */
  attempt: number;
  sender: Address;
  recipient: Address;
  parts: readonly Part[];
  /** Who wrote it in the conversation, for channels that show names. */
  author: string;
}

/** What happened to one attempt. There are three outcomes: after a cut line nobody knows which of the other two it was. */
export type SendResult =
  | {
      outcome: 'accepted';
      /** What the provider calls the message, and will call it in its reports. */
      providerId: string;
      /** `sent` where acceptance means that the network has it; null where a report will say so. */
      status: 'sent' | null;
    }
  | { outcome: 'rejected'; error: ProviderError }
  | { outcome: 'unknown'; error: { code: string; message: string } };

/** Nothing went out, and why. What the server does about it follows from the kind. */
export interface ProviderError {
  kind:
    | 'throttle'
    | 'temporary'
    | 'permanent'
    | 'window-closed'
    | 'opted-out'
    | 'bad-recipient'
    | 'bad-content'
    | 'credentials'
    | 'billing';
  /** The provider's own code and text. */
  code: string;
  message: string;
  /** Whom a throttle concerns, by default the recipient. Credentials and billing concern the sender always, the rest one delivery. */
  scope?: 'recipient' | 'sender';
  /** For a throttle, in milliseconds, when the provider says it. */
  retryAfterMs?: number;
  /** What the receipt shows, from the contract's messaging range; by default a code that fits the kind. */
  receiptCode?: number;
}

/**
 * What may be done after an unknown outcome. `provider`: it recognises the delivery id, so the same call may be
 * made again. `correlate`: its reports name the delivery id, so waiting shows whether it arrived. `none`: nobody
 * can tell, and it has to be decided between a message that may come twice and one that may not come.
 */
export type Idempotency =
  | { mode: 'provider' }
  | { mode: 'correlate' }
  | { mode: 'none'; afterUnknown: 'resend' | 'fail' };

/** Something that a network reports. It may report it again, late, and in any order. */
export type InboundEvent =
  | {
      type: 'message';
      /** Unique within the channel: what recognises a repetition. */
      eventId: string;
      providerId: string;
      /** The person. */
      sender: Address;
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
    }
  | {
      type: 'status';
      eventId: string;
      /** At least one of the two says what it is about. */
      deliveryId?: string;
      providerId?: string;
      status: DeliveryStatus;
      at: number;
      error?: { code: string; message: string; receiptCode?: number };
    };

/** What became of an event. A status may change nothing, or wait for the answer to the send that it is about. */
export type Ingested =
  | { type: 'message'; routing: Routing }
  | { type: 'status'; outcome: 'changed' | 'ignored' | 'unmatched' };

/** What the server gives a channel. */
export interface Host {
  /** Takes events in, in their order. Resolves when all of them are on disk: only then may they be acknowledged. */
  ingest(events: readonly InboundEvent[]): Promise<Ingested[]>;
  clock: Scheduler;
  logger: Logger;
}

export interface Channel {
  /** Unique; goes into the key of its events. */
  readonly name: string;
  readonly idempotency: Idempotency;
  /** Is this own address, in canonical form, one that this channel sends from? */
  owns(address: Address): boolean;
  /** Never throws for what the network does. The signal asks it to give up; its outcome is unknown then. */
  send(request: SendRequest, signal: AbortSignal): Promise<SendResult>;
  /** Begins to listen. */
  start?(): void;
  /** Finishes what is under way; reports nothing any more. */
  stop?(): Promise<void>;
}

/** A kind of channel. */
export interface ChannelModule<Config, Kind extends Channel = Channel> {
  readonly name: string;
  create(config: Config, host: Host): Kind;
}
