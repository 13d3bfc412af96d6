import type { MediaResource } from '@colloquy/protocol';
import { invalid } from '../errors.ts';
import { readJson } from '../json.ts';
import type { MediaLinks } from '../media/links.ts';
import { Media } from '../media/media.ts';

export type PushNotificationType =
  | 'twilio.conversations.new_message'
  | 'twilio.conversations.added_to_conversation'
  | 'twilio.conversations.removed_from_conversation';

/** The types of push notifications, and of what the official SDK's servers send besides. */
export const NotificationTypes = /* @__PURE__ */ Object.fromEntries(
  [
    'ipmsg.typing_indicator',
    'conversations.new_message',
    'conversations.added_to_conversation',
    'conversations.removed_from_conversation',
    'channel.consumption_update',
  ].map((type) => [type.replace(/.*\./, '').toUpperCase(), `twilio.${type}`]),
) as {
  readonly TYPING_INDICATOR: 'twilio.ipmsg.typing_indicator';
  readonly NEW_MESSAGE: 'twilio.conversations.new_message';
  readonly ADDED_TO_CONVERSATION: 'twilio.conversations.added_to_conversation';
  readonly REMOVED_FROM_CONVERSATION: 'twilio.conversations.removed_from_conversation';
  readonly CONSUMPTION_UPDATE: 'twilio.channel.consumption_update';
};

/** What a notification is about. The payload is small: what had no room in it is missing. */
export interface PushNotificationData {
  conversationSid?: string;
  conversationTitle?: string;
  messageIndex?: number;
  messageSid?: string;
  /** The first file of the message. */
  media?: Media;
  /** Number of its files. */
  mediaCount?: number;
}

export interface PushNotificationDescriptor {
  title: string | null;
  body: string | null;
  sound: string | null;
  badge: number | null;
  action: string | null;
  type: PushNotificationType;
  data: PushNotificationData;
}

/** A notification that Apple's or Google's push service brought. */
export class PushNotification implements PushNotificationDescriptor {
  declare readonly title: string | null;
  /** The text to show. */
  declare readonly body: string | null;
  /** Name of a sound of the app's. */
  declare readonly sound: string | null;
  /** What the app's icon is to show; Apple's devices only. */
  declare readonly badge: number | null;
  /** Category of the notification, which says what it offers to do. */
  declare readonly action: string | null;
  declare readonly type: PushNotificationType;
  declare readonly data: PushNotificationData;

  /** @internal */
  constructor(descriptor: PushNotificationDescriptor) {
    Object.assign(this, descriptor);
  }
}

/** What this server writes, and what the platforms put around it. */
interface Payload {
  aps?: { alert?: string | { title?: string; body?: string }; sound?: string; badge?: number; category?: string };
  data?: Payload;
  twi_message_type?: PushNotificationType;
  twi_title?: string;
  twi_body?: string;
  twi_sound?: string;
  twi_action?: string;
  conversation_sid?: string;
  conversation_title?: string;
  message_sid?: string;
  message_index?: string;
  media_count?: string;
  media?: string;
}

type MediaFields = Partial<MediaResource> & { content_type?: string };

/** @internal @throws ColloquyError 20422 for what is no notification of a Colloquy server */
export function parsePush(payload: unknown, links?: MediaLinks): PushNotification {
  const { aps, data } = (payload ?? {}) as Payload;
  const fields = (aps ? payload : data) as Payload | undefined;
  if (!fields?.twi_message_type) throw invalid('payload', 'no notification of a conversation');
  const { content_type: contentType, ...file } = readJson(fields.media ?? '{}') as MediaFields;
  const alert = typeof aps?.alert === 'string' ? { body: aps.alert } : aps?.alert;
  return new PushNotification({
    title: alert?.title || fields.twi_title || null,
    body: alert?.body || fields.twi_body || null,
    sound: aps?.sound || fields.twi_sound || null,
    badge: aps?.badge ?? null,
    action: aps?.category || fields.twi_action || null,
    type: fields.twi_message_type,
    // What is not there may be there as undefined.
    data: {
      conversationSid: fields.conversation_sid,
      conversationTitle: fields.conversation_title,
      messageSid: fields.message_sid,
      messageIndex: numberIn(fields.message_index),
      mediaCount: numberIn(fields.media_count),
      media: file.sid ? new Media({ category: 'media', contentType, ...file } as MediaResource, links) : undefined,
    } as PushNotificationData,
  });
}

/** In its digits. */
function numberIn(text: string | undefined): number | undefined {
  return /^\d+$/.test(text ?? '') ? Number(text) : undefined;
}
