import type { MediaResource, PushMessageType } from '@colloquy/protocol';
import type { Db } from '../../storage/db.ts';
import type { PushSettingsTable } from '../../storage/schema/push.ts';
import type { ConversationsTable, MessagesTable } from '../../storage/schema.ts';
import { conversationBySid } from '../conversations/store.ts';
import type { Core } from '../core.ts';
import { selectMessage } from '../messages/store.ts';
import { selectUser } from '../users/store.ts';
import { filesOf } from './files.ts';
import type { PushEvent } from './plan.ts';
import { builtInTemplates, findPushSettings } from './settings.ts';
import { cutText, fillTemplate, type Variables } from './text.ts';

/** What devices are told of an event. */
export interface PushNotice {
  /** As of the event. */
  id: string;
  kind: PushMessageType;
  conversation: string;
  conversationTitle: string;
  message: { sid: string; index: number; author: string } | null;
  media: readonly MediaResource[];
  text: string;
  /** Null: none. */
  sound: string | null;
  /** Do Apple's devices get the number of conversations with something unread? */
  badge: boolean;
  /** Is what becomes of it logged? */
  logged: boolean;
}

/** An event in words, as things are now. Undefined: it is over, or nobody is to be notified of it any more. */
export async function composeNotice(core: Core, event: PushEvent): Promise<PushNotice | undefined> {
  const { db } = core;
  const settings = await findPushSettings(db, event.service);
  const conversation = await db.first(conversationBySid, { sid: event.conversation });
  if (!settings || !conversation) return undefined;
  const message = event.message === null ? undefined : await selectMessage(db, conversation.sid, event.message);
  if (event.kind === 'new_message' && !message) return undefined;
  const media = message ? filesOf(message) : [];
  const words = wordsFor(event.kind, settings, media.length > 0);
  if (!words.enabled) return undefined;

  const variables = {
    ...(await whoDidIt(db, event)),
    ...conversationNames(conversation),
    ...contentOf(message, media),
  };
  return {
    id: event.id,
    kind: event.kind,
    conversation: conversation.sid,
    conversationTitle: conversation.friendly_name || conversation.unique_name || conversation.sid,
    message: message ? { sid: message.sid, index: message.idx, author: message.author } : null,
    media,
    text: cutText(fillTemplate(words.template, variables), core.limits.pushText),
    sound: words.sound,
    badge: settings.badge_count_enabled === 1,
    logged: settings.log_enabled === 1,
  };
}

function wordsFor(kind: PushMessageType, settings: PushSettingsTable, withMedia: boolean) {
  switch (kind) {
    case 'added_to_conversation':
      return {
        enabled: settings.added_enabled === 1,
        template: settings.added_template ?? builtInTemplates.added,
        sound: settings.added_sound,
      };
    case 'removed_from_conversation':
      return {
        enabled: settings.removed_enabled === 1,
        template: settings.removed_template ?? builtInTemplates.removed,
        sound: settings.removed_sound,
      };
    case 'new_message':
      return withMedia
        ? {
            enabled: settings.with_media_enabled === 1,
            template: settings.with_media_template ?? builtInTemplates.withMedia,
            sound: settings.new_message_sound,
          }
        : {
            enabled: settings.new_message_enabled === 1,
            template: settings.new_message_template ?? builtInTemplates.newMessage,
            sound: settings.new_message_sound,
          };
  }
}

/** Contract: of each the first that there is. An empty name is none. */
async function whoDidIt(db: Db, event: PushEvent): Promise<Variables> {
  const user = await selectUser(db, event.service, event.by);
  const name = user?.friendly_name || event.by;
  return {
    PARTICIPANT: name,
    PARTICIPANT_FRIENDLY_NAME: name,
    PARTICIPANT_IDENTITY: name,
    PARTICIPANT_SID: event.bySid ?? '',
  };
}

function conversationNames({ sid, friendly_name, unique_name }: ConversationsTable): Variables {
  const name = unique_name || friendly_name || sid;
  return {
    CONVERSATION: name,
    CONVERSATION_UNIQUE_NAME: name,
    CONVERSATION_FRIENDLY_NAME: friendly_name || unique_name || sid,
    CONVERSATION_SID: sid,
  };
}

function contentOf(message: MessagesTable | undefined, media: readonly MediaResource[]): Variables {
  return {
    MESSAGE: message?.body ?? '',
    MEDIA_COUNT: String(media.length),
    MEDIA: media.find((file) => file.filename)?.filename ?? '',
  };
}
