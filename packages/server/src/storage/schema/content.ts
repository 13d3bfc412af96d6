export interface ContentTemplatesTable {
  sid: string;
  account_sid: string;
  friendly_name: string | null;
  /** As it was given, for example `en` or `pt_BR`. */
  language: string;
  /** JSON object: values for the placeholders that a message does not fill. */
  variables: string;
  /** JSON object: by the name of a type, what a message of it shows. */
  types: string;
  date_created: number;
  date_updated: number;
}

/** A template that was handed in for approval by a channel's provider. */
export interface ContentApprovalsTable {
  content_sid: string;
  /** `whatsapp`. */
  channel: string;
  name: string;
  category: string;
  allow_category_change: number;
  send_ttl_seconds: number | null;
  date_created: number;
}
