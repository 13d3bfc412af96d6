/** Tables of push notifications. */

export interface PushCredentialsTable {
  sid: string;
  account_sid: string;
  friendly_name: string | null;
  /** `apn`, `fcm` or `gcm`. */
  type: string;
  /** 1 for Apple's sandbox. */
  sandbox: number;
  /** JSON of `PushSecret`, sealed; see `storage/vault.ts`. */
  secret: string;
  date_created: number;
  date_updated: number;
}

/** A device that a user wants to be notified on. */
export interface PushBindingsTable {
  sid: string;
  account_sid: string;
  service_sid: string;
  user_sid: string;
  identity: string;
  credential_sid: string;
  /** `apn`, `fcm` or `gcm`. */
  binding_type: string;
  /** The token that the push service gave the device. */
  endpoint: string;
  /** JSON array of what it wants to hear of. */
  message_types: string;
  date_created: number;
  /** When it was registered last: what a push service says about an earlier time means nothing any more. */
  date_updated: number;
}

/** Of what a service notifies. Templates and sounds are null until set. */
export interface PushSettingsTable {
  service_sid: string;
  account_sid: string;
  log_enabled: number;
  new_message_enabled: number;
  new_message_template: string | null;
  new_message_sound: string | null;
  badge_count_enabled: number;
  with_media_enabled: number;
  with_media_template: string | null;
  added_enabled: number;
  added_template: string | null;
  added_sound: string | null;
  removed_enabled: number;
  removed_template: string | null;
  removed_sound: string | null;
  date_updated: number;
}
