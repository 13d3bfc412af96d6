export interface MediaTable {
  sid: string;
  account_sid: string;
  /** Empty until it is attached, where it came through a channel: which service it is for follows from the message. */
  service_sid: string;
  /** Identity of the user who uploaded it; `system` for back ends and channels. */
  author: string;
  category: string;
  filename: string | null;
  content_type: string;
  size: number;
  /** Both null until it is attached. */
  conversation_sid: string | null;
  message_sid: string | null;
  /** When it goes; null once it is attached. */
  date_expires: number | null;
  date_created: number;
  date_upload_updated: number;
  date_updated: number;
}

export interface MediaSweepsTable {
  sid: string;
  not_before: number;
}
