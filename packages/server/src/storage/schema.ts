/** The tables as Kysely sees them; `migrations/` makes them. */
import type { Generated } from 'kysely';
import type { AddressConfigurationsTable, GroupConversationsTable } from './schema/addresses.ts';
import type { ContentApprovalsTable, ContentTemplatesTable } from './schema/content.ts';
import type { MediaSweepsTable, MediaTable } from './schema/media.ts';
import type { PushBindingsTable, PushCredentialsTable, PushSettingsTable } from './schema/push.ts';
import type {
  CorrespondentsTable,
  DeliveryAttemptsTable,
  DeliveryPiecesTable,
  SenderAddressesTable,
  SenderNotesTable,
  SendersTable,
} from './schema/senders.ts';
import type {
  CommitsTable,
  ConnectedUsersTable,
  EpochsTable,
  NodesTable,
  PresencesTable,
  SweepsTable,
  UserRemovalsTable,
} from './schema/timers.ts';
import type {
  ConversationWebhooksTable,
  WebhookAttemptsTable,
  WebhookConfigurationsTable,
  WebhookDeliveriesTable,
} from './schema/webhooks.ts';

export interface AccountsTable {
  sid: string;
  default_chat_service_sid: string;
  default_messaging_service_sid: string;
  default_inactive_timer: string | null;
  default_closed_timer: string | null;
  date_created: number;
}

export interface ServerKeysTable {
  name: string;
  /** A keyed hash. */
  digest: string;
}

export interface ServicesTable {
  sid: string;
  account_sid: string;
  friendly_name: string;
  default_conversation_creator_role_sid: string;
  default_conversation_role_sid: string;
  default_chat_service_role_sid: string;
  reachability_enabled: number;
  date_created: number;
  date_updated: number;
}

export interface RolesTable {
  sid: string;
  account_sid: string;
  service_sid: string;
  friendly_name: string;
  type: string;
  /** JSON array of permission names. */
  permissions: string;
  date_created: number;
  date_updated: number;
}

export interface UsersTable {
  sid: string;
  account_sid: string;
  service_sid: string;
  identity: string;
  friendly_name: string | null;
  attributes: string;
  role_sid: string;
  head: number;
  position: number;
  date_created: number;
  date_updated: number;
}

export interface ConversationsTable {
  sid: string;
  account_sid: string;
  service_sid: string;
  messaging_service_sid: string;
  friendly_name: string | null;
  unique_name: string | null;
  attributes: string;
  state: string;
  date_state_updated: number;
  /** ISO 8601 durations as given. */
  inactive_timer: string | null;
  closed_timer: string | null;
  /** When the timers run out; null while none runs. */
  date_inactive: number | null;
  date_closed: number | null;
  email_address: string | null;
  email_name: string | null;
  created_by: string;
  /** 1 from the creation by a user until that user joins: so long he sees it without being in it. */
  creator_awaited: number;
  next_index: number;
  last_message_index: number | null;
  last_message_date: number | null;
  message_count: number;
  participant_count: number;
  non_chat_count: number;
  date_activity: number;
  /** Position of the newest event of the conversation's stream. */
  head: number;
  position: number;
  date_created: number;
  date_updated: number;
}

export interface ParticipantsTable {
  sid: string;
  account_sid: string;
  service_sid: string;
  conversation_sid: string;
  identity: string | null;
  user_sid: string | null;
  type: string;
  address: string | null;
  proxy_address: string | null;
  projected_address: string | null;
  /** How somebody by e-mail is addressed (`to`, `cc` or `from`), and called; null for all others. */
  binding_level: string | null;
  binding_name: string | null;
  attributes: string;
  role_sid: string | null;
  notification_level: string;
  last_read_message_index: number | null;
  last_read_timestamp: number | null;
  created_position: number;
  position: number;
  /** Position in the user's stream of the last event about this membership; 0 outside chat. */
  membership_position: number;
  date_created: number;
  date_updated: number;
}

export interface BindingsTable {
  account_sid: string;
  proxy_address: string;
  address: string;
  conversation_sid: string;
  participant_sid: string;
}

export interface MessagesTable {
  conversation_sid: string;
  idx: number;
  sid: string;
  author: string;
  body: string | null;
  subject: string | null;
  attributes: string;
  participant_sid: string | null;
  content_sid: string | null;
  /** JSON of the `RichContent` of a message that was made from a template. */
  rich_content: string | null;
  /** JSON array of `MediaResource`; null without media. */
  media: string | null;
  last_updated_by: string | null;
  receipt_count: number;
  /** JSON of a DeliverySummary; null without receipts. */
  delivery: string | null;
  created_position: number;
  position: number;
  date_created: number;
  date_updated: number;
}

/** See `core/messages/removal-counts.ts`. */
export interface RemovalCountsTable {
  conversation_sid: string;
  /** Index of a message, divided by the size of a block. */
  block: number;
  /** How many messages of the block were removed. */
  removed: number;
}

export interface ReceiptsTable {
  sid: string;
  account_sid: string;
  conversation_sid: string;
  message_sid: string;
  message_index: number;
  participant_sid: string;
  /** The outbox row that sends it; sending again makes another one, and what the former still reports is stale. */
  delivery_id: string;
  channel_message_sid: string | null;
  status: string | null;
  error_code: number;
  created_position: number;
  position: number;
  date_created: number;
  date_updated: number;
}

export interface EventsTable {
  id: Generated<number>;
  stream: string;
  position: number;
  type: string;
  time: number;
  /** JSON of the resource. */
  data: string;
}

export interface OutboxTable {
  id: string;
  kind: string;
  /** Of dead work one of its own: the lane that it was in, a slash, and its id. */
  lane: string;
  seq: number;
  payload: string;
  /**
   * `pending` for the head of its lane, `waiting` for those behind it, `sending` while it is leased, `dead` when
   * it has failed for good. Only heads are `pending`, so that finding work costs the same however long lanes are.
   */
  state: string;
  attempt: number;
  not_before: number;
  lease: string | null;
  lease_until: number | null;
  last_error: string | null;
  date_created: number;
  date_updated: number;
  /** Of the request that it came from: W3C `traceparent`. */
  trace: string | null;
}

export interface InboundEventsTable {
  /** The channel that received it; its event ids are unique. */
  sender: string;
  event_id: string;
  /** JSON of the event. */
  payload: string;
  /** `routed`, `unrouted` or `queued` for a message; `consent` for a STOP or START; `unmatched` for a status that came before the id it names was known. */
  outcome: string;
  /** Why it is unrouted. */
  reason: string | null;
  /** For a status: which message it is about, as the provider names it. */
  provider_id: string | null;
  conversation_sid: string | null;
  message_sid: string | null;
  date_created: number;
}

export interface IdempotencyTable {
  scope: string;
  key: string;
  command: string;
  /** A digest of the input. */
  input: string;
  result: string;
  /** JSON: the answer over REST as it went out; null for a call that came another way. */
  answer: string | null;
  date_created: number;
}

export interface SandboxMessagesTable {
  id: Generated<number>;
  phone: string;
  /** `in` arrived at the phone, `out` was written there. */
  direction: string;
  sender: string;
  recipient: string;
  /** JSON array: who else a group text that was written here went to. */
  others: string;
  body: string;
  /** What recognises a repetition: the delivery's id, or the id that whoever wrote on the phone gave. */
  key: string | null;
  /** `SM…`, what the sandbox calls the message. */
  provider_id: string;
  /** Of `in` the delivery status last reported, of `out` the outcome of routing (`queued` until known). */
  status: string;
  /** Not 0: it never reached the phone. */
  error_code: number;
  /** What is to be reported next, and when; null when nothing is. */
  next_status: string | null;
  next_at: number | null;
  /** JSON array of `MediaResource`; null without media. */
  media: string | null;
  date_created: number;
}

export interface SandboxFaultsTable {
  id: Generated<number>;
  phone: string;
  kind: string;
  remaining: number;
  delay_ms: number;
  error_code: number;
}

export interface Schema {
  accounts: AccountsTable;
  server_keys: ServerKeysTable;
  epochs: EpochsTable;
  services: ServicesTable;
  roles: RolesTable;
  users: UsersTable;
  conversations: ConversationsTable;
  participants: ParticipantsTable;
  bindings: BindingsTable;
  messages: MessagesTable;
  removal_counts: RemovalCountsTable;
  sweeps: SweepsTable;
  user_removals: UserRemovalsTable;
  presences: PresencesTable;
  nodes: NodesTable;
  commits: CommitsTable;
  connected_users: ConnectedUsersTable;
  receipts: ReceiptsTable;
  events: EventsTable;
  outbox: OutboxTable;
  inbound_events: InboundEventsTable;
  content_templates: ContentTemplatesTable;
  content_approvals: ContentApprovalsTable;
  idempotency: IdempotencyTable;
  address_configurations: AddressConfigurationsTable;
  group_conversations: GroupConversationsTable;
  sandbox_messages: SandboxMessagesTable;
  sandbox_faults: SandboxFaultsTable;
  media: MediaTable;
  media_sweeps: MediaSweepsTable;
  webhook_configurations: WebhookConfigurationsTable;
  conversation_webhooks: ConversationWebhooksTable;
  webhook_deliveries: WebhookDeliveriesTable;
  webhook_attempts: WebhookAttemptsTable;
  push_credentials: PushCredentialsTable;
  push_bindings: PushBindingsTable;
  push_settings: PushSettingsTable;
  senders: SendersTable;
  sender_addresses: SenderAddressesTable;
  sender_notes: SenderNotesTable;
  correspondents: CorrespondentsTable;
  delivery_pieces: DeliveryPiecesTable;
  delivery_attempts: DeliveryAttemptsTable;
}
