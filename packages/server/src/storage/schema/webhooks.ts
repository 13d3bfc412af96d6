/** The account's webhook and those of services. */
export interface WebhookConfigurationsTable {
  /** SID of the account or the service whose webhook it is. */
  owner: string;
  account_sid: string;
  /** `webhook` or `flex`; a service's is always `webhook`. */
  target: string;
  pre_url: string | null;
  post_url: string | null;
  /** `GET` or `POST`; null until it is set, which means `POST`. */
  method: string | null;
  /** JSON array of event names; null until it is set. */
  filters: string | null;
}

/** Webhooks of single conversations. */
export interface ConversationWebhooksTable {
  sid: string;
  account_sid: string;
  service_sid: string;
  conversation_sid: string;
  /** `webhook`, `trigger` or `studio`. */
  target: string;
  url: string | null;
  /** `GET` or `POST`. */
  method: string;
  /** JSON array of event names; of `webhook` only. */
  filters: string | null;
  /** JSON array of words; of `trigger` only. */
  triggers: string | null;
  flow_sid: string | null;
  /** Index of the first message that was replayed to it; null when none was to be. */
  replay_after: number | null;
  date_created: number;
  date_updated: number;
}

/** What was sent or is to be sent to webhooks: the delivery log. The work itself is in the outbox, under the same id. */
export interface WebhookDeliveriesTable {
  /** Time-ordered. */
  id: string;
  /** SID of the account, service or conversation webhook it goes to. */
  target: string;
  service_sid: string;
  /** Null for events of users. */
  conversation_sid: string | null;
  /** Stream and position of the change, with a dot between them. */
  event_id: string;
  event: string;
  url: string;
  method: string;
  /** JSON array of names and values, without `RetryCount`. */
  parameters: string;
  /** `pending`, `delivered`, `dead` (given up) or `dropped` (its webhook went before it was delivered). */
  state: string;
  /** How often it was tried. */
  attempts: number;
  date_created: number;
  date_updated: number;
}

export interface WebhookAttemptsTable {
  delivery_id: string;
  /** From 1. */
  number: number;
  /** Where it went. */
  url: string;
  method: string;
  /** The `RetryCount` it was sent with. */
  retry_count: number;
  /** Of the answer; null when there was none. */
  status: number | null;
  /** The beginning of the answer's body. */
  answer: string | null;
  /** Why there was no answer. */
  error: string | null;
  /** Milliseconds; null when the process that made the attempt did not live to say. */
  duration: number | null;
  date_created: number;
}
