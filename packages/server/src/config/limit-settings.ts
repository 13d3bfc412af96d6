import { type Limits, limits } from '@colloquy/protocol';
import { z } from 'zod';
import { type Amount, readAmounts } from './amounts.ts';

const upTo = (max: number, about: string): Amount => ({ min: 1, max, about });
/** Attributes are never less than `{}`. The largest text of a request and its attributes, percent-encoded, make one request. */
const attributes = (about: string): Amount => ({ min: 2, max: 64 * 1024, about });
const none = (max: number, about: string): Amount => ({ min: 0, max, about });
const file = (about: string): Amount => upTo(2 * 1024 ** 3, about);

/** The limits that an operator can set. Names that stand in paths and addresses can only be made shorter. */
export const settableLimits = {
  friendlyName: upTo(1024, 'characters of the friendly name of a service, conversation or user'),
  roleFriendlyName: upTo(1024, 'characters of the friendly name of a role'),
  credentialFriendlyName: upTo(1024, 'characters of the friendly name of a credential'),
  uniqueName: upTo(256, 'characters of the unique name of a conversation'),
  identity: upTo(256, 'characters of an identity'),
  address: upTo(256, 'characters of an address or proxy address'),
  author: upTo(1024, 'characters of the author of a message'),
  subject: upTo(1024, 'characters of the subject of a message'),
  conversationAttributesBytes: attributes('bytes of the attributes of a conversation'),
  participantAttributesBytes: attributes('bytes of the attributes of a participant'),
  messageAttributesBytes: attributes('bytes of the attributes of a message'),
  userAttributesBytes: attributes('bytes of the attributes of a user'),
  messageBodyBytes: upTo(64 * 1024, 'bytes of the body of a message'),
  phoneMessageBody: upTo(64 * 1024, 'characters of the body of a message that is sent to a phone by SMS or WhatsApp'),
  participantsPerConversation: upTo(100_000, 'participants of a conversation'),
  nonChatParticipantsPerConversation: none(1000, 'participants outside chat of a conversation'),
  groupParticipants: upTo(100, 'members of a group text'),
  combinedParticipants: none(100, 'participants in one request that creates a conversation together with them'),
  conversationsPerIdentity: upTo(1_000_000, 'conversations of a user that are not closed'),
  webhooksPerConversation: none(100, 'webhooks of a conversation'),
  webhookTriggers: upTo(100, 'triggers of a webhook of a conversation'),
  mediaBytes: file('bytes of a file that is uploaded'),
  mediaPerMessage: upTo(100, 'files of a message'),
  smsMediaBytes: file('bytes of a file that goes to a phone by MMS'),
  smsMediaTotalBytes: file('bytes of all files of a message that goes to a phone by MMS'),
  whatsappMediaBytes: file('bytes of a file that goes to WhatsApp, save through Meta itself, which takes more'),
  contentVariables: upTo(64 * 1024, 'characters of the JSON text of the variables of a content template'),
  contentVariableCount: none(1000, 'variables of a content template'),
  contentVariableKey: upTo(256, 'characters of the name of a variable of a content template'),
  contentVariableValue: upTo(32 * 1024, 'characters of the value of a variable of a content template'),
  pushText: upTo(1024, 'characters of a push notification after its variables are filled in'),
  unreadCount: upTo(1_000_000, 'unread messages up to which they are counted'),
} satisfies Partial<Record<keyof Limits, Amount>>;

/** What was given, in the place of the contract's values. */
export const limitsSetting = z
  .union([z.string(), z.record(z.string(), z.unknown())])
  .transform((given, context): Limits => ({ ...limits, ...readAmounts(given, settableLimits, context) }))
  .optional();
