/** What goes through channels: the pieces of a message, and what a network may do with them. */
import type { Readable } from 'node:stream';
import type { DeliveryStatus, MediaCategory } from '@colloquy/protocol';

/** In canonical form: `+12025550123`, `whatsapp:+12025550123`, `mailto:ann@example.com`; see `core/addresses.ts`. */
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
  /** `media` when left out; of e-mails also `body` and `history`: the text in another form, and what it quotes. */
  category?: MediaCategory;
  /** Bytes. */
  size: number;
  /** Where the provider can fetch it for an hour, without credentials; null where no public URL is configured. */
  url: string | null;
  /** The bytes. Rejects when they are gone. */
  open(): Promise<Readable>;
}

export type Part = TextPart | OutboundMedia;

/** What a message was made from, for channels that have templates, choices, places or cards of their own. */
export interface RichPart {
  /** `HX…` of the template. */
  template: string;
  /** The template's name, which is its name at the provider where the two were registered under the same. */
  name: string;
  /** Like `en`. */
  language: string;
  /** By placeholder, as they were filled in. */
  variables: Readonly<Record<string, string>>;
  /** The richest type that messages can be of, for example `twilio/quick-reply`, and its content, filled in. */
  type: string;
  content: Readonly<Record<string, unknown>>;
}

/** A copy of a message, for one person outside chat. */
export interface OutboundMessage {
  /** SIDs, for references that the network carries back. */
  conversation: string;
  message: string;
  sender: Address;
  recipient: Address;
  /** Who wrote it in the conversation, for channels that show names. */
  author: string;
  /** What the conversation calls its own side, for channels that show names; none when left out. */
  senderName?: string | null;
  subject: string | null;
  /** The text, if there is one, then the files. Of a template the text is what it says to people who only get text. */
  parts: readonly Part[];
  rich: RichPart | null;
  /** What the provider calls the message that this one answers, where that went through the same two addresses. */
  replyTo: string | null;
  /** It only reacts: to a message as the provider calls it, with an emoji, or with null to take that back. */
  reaction: { to: string; emoji: string | null } | null;
  /** What the provider calls the last message that the recipient wrote here; for e-mail, which hangs threads on it. */
  lastReceived: string | null;
}

/** What a provider takes as one message, and reports on as one. Made of the same message it is always the same. */
export interface Piece {
  parts: readonly Part[];
  /** Where one piece is more than text and files: JSON that only the channel understands. */
  data?: unknown;
}

export type Plan =
  | {
      ok: true;
      /** At least one. They are sent one after the other. */
      pieces: readonly Piece[];
      /** What the person does not get as it was written, a sentence each, for the operator. */
      changes: readonly string[];
    }
  | { ok: false; error: ProviderError };

export interface SendRequest extends Omit<OutboundMessage, 'parts'> {
  /** The same over all attempts, never used for another piece: the idempotency key, and what reports may name. */
  deliveryId: string;
  /** Counts from 1. */
  attempt: number;
  /** Of the piece. */
  parts: readonly Part[];
  data?: unknown;
  /** Which piece this is, from 0, and of how many. */
  piece: number;
  pieces: number;
}

/** What happened to one attempt. There are three outcomes: after a cut line nobody knows which of the other two it was. */
export type SendResult =
  | {
      outcome: 'accepted';
      /** What the provider calls the message, and will call it in its reports. Unique within the channel. */
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
 * made again. `correlate`: its reports name the delivery id, so waiting shows whether it arrived; if not, it is sent once
 * more, and where it is `insistent`, until there is an answer: rather twice than not at all. `none`: nobody
 * can tell, and it has to be decided between a message that may come twice and one that may not come.
 */
export type Idempotency =
  | { mode: 'provider' }
  | { mode: 'correlate'; insistent?: boolean }
  | { mode: 'none'; afterUnknown: 'resend' | 'fail' };

/** What a channel can show, for whoever looks at it and for `plan.ts`. */
export interface Capabilities {
  /** The longest text of one piece; what is longer becomes several. */
  text: { most: number; unit: 'characters' | 'bytes' | 'segments' };
  /** Null where it carries no files: then links stand for them. */
  media: {
    /** Content types, `image/*` for all of a kind; files of other types become links. */
    types: readonly string[];
    maxBytes: number;
    perPiece: number;
    /** These are the network's own limits: they stand in the place of those of the contract. */
    own?: true;
    /** The longest text that goes with files in one piece, in characters; 0: text is a piece of its own. */
    caption: number;
  } | null;
  /** Statuses that it reports beyond acceptance. */
  receipts: readonly DeliveryStatus[];
  /** Types of rich content that it shows as such; of all others people get the text. */
  rich: readonly string[];
  replies: boolean;
  reactions: 'none' | 'in' | 'both';
  /** Null where it can be written to at any time; otherwise how long after the person's last message. */
  window: { hours: number } | null;
  groups: boolean;
  inbound: readonly ('webhook' | 'stream' | 'poll')[];
}

/** The text of a message; a line for each part that has one. */
export function textOf(parts: readonly { kind: string; text?: string }[]): string {
  return parts.flatMap((part) => (part.kind === 'text' && part.text !== undefined ? [part.text] : [])).join('\n');
}
