/**
 * The contract's limits ("Conversations Limits"). Lengths are counted in characters of JavaScript
 * strings unless the name says bytes (UTF-8).
 */
export const limits = {
  friendlyName: 256,
  roleFriendlyName: 256,
  uniqueName: 256,
  identity: 256,
  address: 256,
  author: 256,
  subject: 256,
  conversationAttributesBytes: 16 * 1024,
  participantAttributesBytes: 4 * 1024,
  messageAttributesBytes: 4 * 1024,
  userAttributesBytes: 4 * 1024,
  messageBodyBytes: 32 * 1024,
  participantsPerConversation: 1000,
  nonChatParticipantsPerConversation: 50,
  conversationsPerIdentity: 1000,
  /** Unread messages are counted up to here where the contract reports them. */
  unreadCount: 1000,
  /** Every HTTP request body; the largest legal one is a message of 32 KB, percent-encoded. */
  requestBodyBytes: 256 * 1024,
  /** Every realtime frame a client sends. A resume with thousands of positions is the largest. */
  realtimeFrameBytes: 1024 * 1024,
  defaultPageSize: 50,
  idempotencyKey: 128,
} as const;
