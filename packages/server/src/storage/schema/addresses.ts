/** Own addresses that are configured. Those that autocreate make a conversation of a first message. */
export interface AddressConfigurationsTable {
  sid: string;
  account_sid: string;
  type: string;
  /** In canonical form; unique within the account. */
  address: string;
  friendly_name: string | null;
  address_country: string | null;
  auto_enabled: number;
  /** `webhook`, `studio` or `default`. What belongs to the other types is kept beside it. */
  auto_type: string;
  /** Null: the account's default service. */
  auto_service_sid: string | null;
  webhook_url: string | null;
  /** `GET` or `POST`. */
  webhook_method: string;
  /** JSON array of event names. */
  webhook_filters: string;
  studio_flow_sid: string | null;
  studio_retry_count: number;
  date_created: number;
  date_updated: number;
}

/** The open group conversations: who is in them, as one text. Gone when the group is closed, or is none any more. */
export interface GroupConversationsTable {
  account_sid: string;
  /** All addresses and projected addresses, sorted, with blanks between them. */
  numbers: string;
  conversation_sid: string;
}
