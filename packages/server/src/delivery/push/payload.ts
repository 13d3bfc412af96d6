import type { PushMessage } from './sender.ts';

/** How long a push service keeps a notice for a device that is off, in seconds. */
export const keptFor = 24 * 60 * 60;

/**
 * What an app reads of a notice, with the names that the contract's SDKs know (`parsePushNotification`). A device that
 * gets a notice twice sees by `twi_message_id` that it is the same.
 */
export function dataOf({ notice, id }: PushMessage): Record<string, string> {
  const { message, media, sound } = notice;
  const [first] = media;
  return {
    twi_message_type: `twilio.conversations.${notice.kind}`,
    twi_message_id: id,
    twi_body: notice.text,
    ...(sound !== null && { twi_sound: sound }),
    conversation_sid: notice.conversation,
    conversation_title: notice.conversationTitle,
    ...(message && { message_sid: message.sid, message_index: String(message.index), author: message.author }),
    ...(first && {
      media_count: String(media.length),
      media: JSON.stringify({
        sid: first.sid,
        filename: first.filename,
        content_type: first.contentType,
        size: first.size,
      }),
    }),
  };
}

/** FCM HTTP v1, `projects.messages.send`: data alone, so that the app shows it, or the SDK's service worker does. */
export function fcmBody(push: PushMessage): string {
  const data = fitting(dataOf(push), (some) => JSON.stringify(some));
  return JSON.stringify({
    message: {
      token: push.device,
      data,
      android: { priority: 'HIGH', ttl: `${keptFor}s` },
      webpush: { headers: { Urgency: 'high', TTL: String(keptFor) } },
    },
  });
}

/** Apple, "Generating a remote notification": the system shows what is in `aps`, the app reads the rest. */
export function apnsBody(push: PushMessage): string {
  const { notice, badge } = push;
  const aps = {
    alert: { body: notice.text },
    ...(notice.sound !== null && { sound: notice.sound }),
    ...(badge !== null && { badge }),
    'mutable-content': 1,
    'thread-id': notice.conversation,
  };
  const bodyWith = (data: object) => JSON.stringify({ aps, ...data });
  return bodyWith(fitting(dataOf(push), bodyWith));
}

/** The largest payload in bytes, of Apple as of Google. */
const largestPayload = 4096;
/** What an app can do without, the least first: it finds all of it in the conversation. */
const dispensable = ['media', 'author', 'conversation_title'];

/** Leaves out what there is no room for, rather than having all of it refused. */
function fitting(data: Record<string, string>, bodyWith: (data: object) => string): Record<string, string> {
  let left = data;
  for (const name of dispensable) {
    if (Buffer.byteLength(bodyWith(left)) <= largestPayload) break;
    const { [name]: _out, ...rest } = left;
    left = rest;
  }
  return left;
}
