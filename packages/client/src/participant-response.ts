import type { ParticipantResource } from '@colloquy/protocol';

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

/** @internal */
export function respond(data: ParticipantResource, serviceSid: string): ParticipantResponse {
  const { binding } = data;
  return {
    sid: data.sid,
    conversation_sid: data.conversationSid,
    chat_service_sid: serviceSid,
    role_sid: data.roleSid,
    identity: data.identity,
    attributes: data.attributes,
    messaging_binding: binding && {
      type: data.type,
      address: binding.address,
      proxy_address: binding.proxyAddress,
    },
    date_created: new Date(data.dateCreated).toISOString(),
    date_updated: new Date(data.dateUpdated).toISOString(),
  };
}
