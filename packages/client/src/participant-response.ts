/** A participant that was added, in the form of the REST API. The object comes with `participantJoined`. */
export interface ParticipantResponse {
  sid: string;
  conversation_sid: string;
  chat_service_sid: string;
  role_sid: string | null;
  identity: string | null;
  /** JSON text. */
  attributes: string;
  messaging_binding: { type: string; address: string | null; proxy_address: string | null } | null;
  /** ISO 8601. */
  date_created: string;
  /** ISO 8601. */
  date_updated: string;
}
