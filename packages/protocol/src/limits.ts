/**
 * The contract's limits ("Conversations Limits"), which are the defaults: an operator can set other ones, so what is
 * to be enforced comes from `tx.limits` and `core.limits`. Lengths are counted in characters of JavaScript strings
 * unless the name says bytes (of UTF-8, or of a file).
 */
export const limits = {
  friendlyName: 256,
  roleFriendlyName: 256,
  credentialFriendlyName: 64,
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
  /** In characters, where somebody on SMS or WhatsApp is to get a copy; what comes in from there may be longer. */
  phoneMessageBody: 1600,
  participantsPerConversation: 1000,
  nonChatParticipantsPerConversation: 50,
  /** Members of a group text. */
  groupParticipants: 10,
  /** In one request that creates a conversation together with them. */
  combinedParticipants: 10,
  /** Closed ones do not count. */
  conversationsPerIdentity: 1000,
  webhooksPerConversation: 5,
  /** Of one webhook of a conversation. */
  webhookTriggers: 5,
  /** One file that is sent within chat. */
  mediaBytes: 150 * 1024 * 1024,
  mediaPerMessage: 10,
  /** Towards SMS: one file, and all of a message together. */
  smsMediaBytes: 2 * 1024 * 1024,
  smsMediaTotalBytes: 5 * 1024 * 1024,
  whatsappMediaBytes: 16 * 1024 * 1024,
  /** The JSON text of a request. */
  contentVariables: 27_801,
  contentVariableCount: 100,
  contentVariableKey: 16,
  contentVariableValue: 256,
  /** Of a notification, once its variables are filled in. */
  pushText: 178,
  /** Unread messages are counted up to here where the contract reports them. */
  unreadCount: 1000,
  /** Every HTTP request body; the largest legal one is a message of 32 KB, percent-encoded. */
  requestBodyBytes: 256 * 1024,
  /** Every realtime frame a client sends. A resume with thousands of positions is the largest. */
  realtimeFrameBytes: 1024 * 1024,
  defaultPageSize: 50,
  idempotencyKey: 128,
} as const;

/** As one server has them. */
export type Limits = { readonly [Name in keyof typeof limits]: number };
