/** The tables as Kysely sees them; `migrations/` makes them. */
import type { Generated } from 'kysely';

export interface AccountsTable {
  sid: string;
  default_chat_service_sid: string;
  default_messaging_service_sid: string;
  default_inactive_timer: string | null;
  default_closed_timer: string | null;
  date_created: number;
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
  last_updated_by: string | null;
  receipt_count: number;
  /** JSON of a DeliverySummary; null without receipts. */
  delivery: string | null;
  created_position: number;
  position: number;
  date_created: number;
  date_updated: number;
}

export interface SweepsTable {
  conversation_sid: string;
  date_created: number;
}

export interface ReceiptsTable {
  sid: string;
  account_sid: string;
  conversation_sid: string;
  message_sid: string;
  message_index: number;
  participant_sid: string;
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
  lane: string;
  seq: number;
  payload: string;
  /** `pending`, `sending`, `done` or `dead`. */
  state: string;
  attempt: number;
  not_before: number;
  lease: string | null;
  lease_until: number | null;
  last_error: string | null;
  date_created: number;
  date_updated: number;
}

export interface InboundEventsTable {
  /** The own address or connector that received it. */
  sender: string;
  event_id: string;
  payload: string;
  /** `routed`, `unrouted`, `ignored`. */
  outcome: string;
  date_created: number;
}

export interface IdempotencyTable {
  scope: string;
  key: string;
  command: string;
  result: string;
  date_created: number;
}

export interface SandboxMessagesTable {
  id: Generated<number>;
  phone: string;
  direction: string;
  sender: string;
  recipient: string;
  body: string;
  delivery_id: string | null;
  status: string;
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
  services: ServicesTable;
  roles: RolesTable;
  users: UsersTable;
  conversations: ConversationsTable;
  participants: ParticipantsTable;
  bindings: BindingsTable;
  messages: MessagesTable;
  sweeps: SweepsTable;
  receipts: ReceiptsTable;
  events: EventsTable;
  outbox: OutboxTable;
  inbound_events: InboundEventsTable;
  idempotency: IdempotencyTable;
  sandbox_messages: SandboxMessagesTable;
  sandbox_faults: SandboxFaultsTable;
}
