/**
 * How much may happen in a second; what is left out is not limited. Contract: "Conversations Limits" (behaviour
 * reference, section 7).
 */
export interface RateLimits {
  /** REST requests of one user name of Basic authentication. */
  requests?: number;
  /** Changes of all kinds in the whole account. */
  actions?: number;
  /** Of one service: conversations made or removed. */
  conversations?: number;
  /** Of one service: users made, changed or removed. */
  users?: number;
  /** Of one service: roles made, changed or removed. */
  roles?: number;
  /** Of one conversation: changes of itself. */
  conversationUpdates?: number;
  /** Of one conversation: participants added, changed or removed. */
  participants?: number;
  /** Of one conversation: messages sent, changed or removed. */
  messages?: number;
  /** Not a rate: connections of SDKs at a time. */
  connections?: number;
  /** New connections of SDKs. */
  newConnections?: number;
  /** Requests on one connection of an SDK. */
  connectionRequests?: number;
  /** Requests on all connections of SDKs together. */
  accountRequests?: number;
}

/** What the hosted service has, as far as it says so; connections as it gives them to one account. */
export const contractRates = {
  conversations: 30,
  users: 30,
  roles: 30,
  conversationUpdates: 30,
  participants: 30,
  messages: 30,
  connections: 7000,
  newConnections: 110,
  connectionRequests: 500,
  accountRequests: 20_000,
} as const satisfies RateLimits;
