import type { Assignable } from '../webhooks/assigned.ts';

export interface ConversationInput {
  friendlyName?: string | null | undefined;
  uniqueName?: string | null | undefined;
  attributes?: string | undefined;
  state?: string | undefined;
  /** ISO 8601 durations; empty or null for none. */
  inactiveTimer?: string | null | undefined;
  closedTimer?: string | null | undefined;
  messagingServiceSid?: string | undefined;
  emailAddress?: string | null | undefined;
  emailName?: string | null | undefined;
  /** Overwrite the stored times, for importing history; milliseconds. */
  dateCreated?: number | undefined;
  dateUpdated?: number | undefined;
}

export interface CreateConversation extends ConversationInput, Assignable {
  service: string;
  /** Participants are added to it before anybody may do anything with it. No API passes this on from its callers. */
  initializing?: boolean | undefined;
}

/** A field that is left out stays as it is; null clears it. */
export interface UpdateConversation extends ConversationInput, Assignable {
  service: string;
  /** SID or unique name. */
  conversation: string;
}
