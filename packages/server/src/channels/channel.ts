/**
 * What a channel (SMS through some provider, WhatsApp, e-mail, the sandbox …) is to the server. A channel only
 * talks to its network: queues, retries, receipts, routing and duplicates are the server's business and the
 * same for all channels. `conformance.ts` is the suite that each channel passes.
 */
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Scheduler } from '../core/clock.ts';
import type { Outgoing } from '../delivery/http/outgoing.ts';
import type { InboundEvent, Ingested } from './events.ts';
import type { Address, Capabilities, Idempotency, OutboundMessage, Plan, SendRequest, SendResult } from './message.ts';

/** What the server gives a channel. */
export interface Host {
  /** Takes events in, in their order. Resolves when all of them are on disk: only then may they be acknowledged. */
  ingest(events: readonly InboundEvent[]): Promise<Ingested[]>;
  clock: Scheduler;
  logger: Logger;
}

/** What it gives the channel of a sender besides: one that somebody configured. */
export interface SenderHost extends Host {
  /** Every request over HTTP goes through here: it keeps what others chose the address of out of inner networks. */
  outgoing: Outgoing;
  /** The same for sockets: look host names up with this one, and ask `allows` where the host is an IP address. */
  lookup: LookupFunction;
  /** @returns why this IP address must not be called; undefined when it may be */
  forbids(address: string): string | undefined;
  /** What the channel noted under a name, on disk: how far a mailbox was read, for example. Undefined when nothing was. */
  recall<T>(name: string): Promise<T | undefined>;
  /** Resolves when it is on disk. Plain JSON; undefined forgets it. */
  note(name: string, value: unknown): Promise<void>;
  /** Notes it unless something is noted under this name, perhaps by another server. @returns what is */
  noteOnce<T>(name: string, value: T): Promise<T>;
  /** What was noted under names that begin so, in the order of the names. */
  recallAll<T>(prefix: string): Promise<{ name: string; value: T }[]>;
  /**
   * Takes a name that one server has at a time, of those that share the database: for `turn.ts`.
   *
   * @param onLost told when the name was lost, as with the connection to the database
   * @returns a function that gives it back; undefined while another server has it
   */
  claim(name: string, onLost: () => void): Promise<(() => Promise<void>) | undefined>;
  /** Where the provider reaches this sender, without a slash at the end; null where no public URL is configured. */
  webhookUrl: string | null;
  /** The own addresses, canonical. */
  addresses: readonly Address[];
  /** The running channels of all senders of this type, itself among them: what one provider reports may be for several. */
  peers?(): readonly Channel[];
}

/** A request from the provider. */
export interface WebhookRequest {
  method: 'GET' | 'POST';
  /** As the provider called it, as far as the configured public URL tells, with the query. */
  url: string;
  query: URLSearchParams;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  /** As it came: signatures are made over bytes. */
  body: Buffer;
}

/** The events are stored first, then this is answered; when they cannot be stored, the answer is 503. */
export interface WebhookReply {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  events: readonly InboundEvent[];
}

export interface Health {
  state: 'up' | 'degraded' | 'down';
  /** For people, when it is not up. */
  reason?: string;
}

/** What came of an attempt with an unknown outcome: the provider has it under an id, or does not, or cannot say. */
export type Reconciliation = Extract<SendResult, { outcome: 'accepted' }> | 'absent' | 'unknown';

/** A file from outside, as it is fetched. */
export interface FetchedMedia {
  bytes: Readable;
  contentType: string | null;
  filename?: string | null;
}

export interface Channel {
  /** Unique, and the same over restarts; goes into the key of its events. */
  readonly name: string;
  readonly idempotency: Idempotency;
  readonly capabilities: Capabilities;
  /** Is this own address, in canonical form, one that this channel sends from? */
  owns(address: Address): boolean;
  /** Into what the provider takes as messages, or why it takes none. No I/O. `plan.ts` does it for those that have none. */
  plan?(message: OutboundMessage): Plan;
  /** Never throws for what the network does. The signal asks it to give up; its outcome is unknown then. */
  send(request: SendRequest, signal: AbortSignal): Promise<SendResult>;
  /** Asked before a piece whose outcome is unknown is sent again. */
  reconcile?(request: SendRequest, signal: AbortSignal): Promise<Reconciliation>;
  /** Handshake, signature, parsing. Answers 4xx for what is not from the provider, and reports no events then. */
  webhook?(request: WebhookRequest): Promise<WebhookReply>;
  /** @throws MediaGone when it never will be there; anything else means to try again later */
  fetchMedia?(source: unknown, signal: AbortSignal): Promise<FetchedMedia>;
  /** Where people begin: a link by which somebody joins this conversation with the first thing that he writes. */
  linkInto?(conversation: string): string;
  health?(): Health;
  /** Begins to listen. */
  start?(): void;
  /** Finishes what is under way; reports nothing any more. */
  stop?(): Promise<void>;
}

/** A file that the network does not have any more, or never will give. */
export class MediaGone extends Error {}

/** Whether a configuration works, as the provider says. */
export type Check =
  | {
      ok: true;
      /** The own addresses that the provider says belong to it, canonical; none where it does not say. */
      addresses: readonly Address[];
      /** For people: quality, limits, what is missing. */
      notes: readonly string[];
    }
  | { ok: false; reason: string };

/** A kind of channel that senders can be configured for. */
export interface ChannelModule<Config extends object = Record<string, unknown>> {
  /** What configurations call it: `twilio`, `whatsapp`, `email`, `smpp`, `telegram`. */
  readonly type: string;
  /** For people. */
  readonly title: string;
  /** Of the configuration: a flat `z.strictObject` whose descriptions say what each field is. */
  readonly schema: z.ZodObject & z.ZodType<Config>;
  /** Fields that are sealed when they are stored and never shown. */
  readonly secrets: readonly (keyof Config & string)[];
  /** How long after a person's last message he can be written to from an own address; left out where always. */
  windowHours?(address: Address): number | null;
  /** Has it own addresses of this form? Those of one sender are distinct, and no two senders have the same. */
  accepts(address: Address): boolean;
  /** Asks the provider. Never throws for what it answers. */
  check(config: Config, host: SenderHost, signal: AbortSignal): Promise<Check>;
  create(config: Config, host: SenderHost, name: string): Channel;
}
