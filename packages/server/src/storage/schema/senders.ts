/** Tables of senders and of what goes through their channels. */
import type { Generated } from 'kysely';

/** Own addresses at a provider, with what it takes to use them. */
export interface SendersTable {
  sid: string;
  account_sid: string;
  /** Of its channel: `twilio`, `smpp` … */
  type: string;
  friendly_name: string | null;
  /** JSON object: the configuration without its secrets. */
  config: string;
  /** JSON object of the secrets, sealed; see `storage/vault.ts`. */
  secrets: string;
  /** How long after a person's last message he can be written to; null for channels that have no such window. */
  window_hours: number | null;
  /** The name it has in the configuration file; null for those made over the API. */
  source: string | null;
  /** `active`, `paused` by an operator, or `refused` by the provider. */
  state: string;
  /** Why it is not active; for people. */
  reason: string | null;
  /** Grows with each change of what its channel is made from. */
  revision: number;
  date_created: number;
  date_updated: number;
}

export interface SenderAddressesTable {
  account_sid: string;
  /** Canonical. */
  address: string;
  sender_sid: string;
}

/** What the channel of a sender keeps for itself. */
export interface SenderNotesTable {
  sender_sid: string;
  name: string;
  /** JSON. */
  value: string;
}

/** Somebody who wrote to an own address. */
export interface CorrespondentsTable {
  account_sid: string;
  proxy_address: string;
  address: string;
  /** When he last wrote, by the clock of this server; null when he only said that he wants no messages. */
  last_inbound: number | null;
  /** What the provider calls that message. */
  last_provider_id: string | null;
  /** 1: he wants no messages from this address. */
  stopped: number;
}

/** A piece of a delivery that is several messages to the provider; there from when the provider has it. */
export interface DeliveryPiecesTable {
  delivery_id: string;
  /** From 0. */
  piece: number;
  pieces: number;
  message_sid: string;
  channel_message_sid: string | null;
  status: string | null;
  error_code: number;
}

/** What came of an attempt to send a copy of a message. */
export interface DeliveryAttemptsTable {
  id: Generated<number>;
  receipt_sid: string;
  delivery_id: string;
  message_sid: string;
  piece: number;
  pieces: number;
  attempt: number;
  /** The channel's name. */
  channel: string;
  /** `accepted`, `rejected`, `unknown`, or `failed` for what no provider was asked about. */
  outcome: string;
  /** As the provider wrote it. */
  provider_id: string | null;
  /** Of an error: see `ProviderError`. */
  kind: string | null;
  code: string | null;
  message: string | null;
  /** JSON array of sentences: what the person did not get as it was written. */
  changes: string | null;
  /** How often the same came again, one attempt after the other. */
  repeated: number;
  date_created: number;
  /** When it last came. */
  date_updated: number;
}
