import type { MessageResource } from '@colloquy/protocol';
import { dateParameter, given, type Parameter, parametersOf } from './parameter.ts';

/** A file of a message, as far as webhooks tell of it. */
export interface MessageFile {
  sid: string;
  filename: string | null;
  contentType: string;
  /** In bytes. */
  size: number;
}

/** The `Media` parameter: JSON text; undefined without files. */
export function mediaParameter(files: readonly MessageFile[] | null | undefined): string | undefined {
  if (!files || files.length === 0) return undefined;
  const items = files.map(({ sid, filename, contentType, size }) => ({
    Sid: sid,
    Filename: filename,
    ContentType: contentType,
    Size: size,
  }));
  return JSON.stringify(items);
}

type Written = Pick<MessageResource, 'conversationSid' | 'author' | 'body' | 'participantSid' | 'attributes'>;
type Stored = Written & Pick<MessageResource, 'sid' | 'index' | 'dateCreated' | 'dateUpdated'>;

function content(message: Written, media: string | undefined): Parameter[] {
  return parametersOf(
    ['Body', message.body],
    ['Author', message.author],
    ['ParticipantSid', given(message.participantSid)],
    ['Attributes', message.attributes],
    ['Media', given(media)],
  );
}

/** onMessageAdd. */
export function messageAdd(message: Written, media?: string): Parameter[] {
  return [...parametersOf(['ConversationSid', message.conversationSid]), ...content(message, media)];
}

/** onMessageAdded. */
export function messageAdded(message: Stored, messagingService: string, media?: string): Parameter[] {
  return [
    ...parametersOf(
      ['ConversationSid', message.conversationSid],
      ['MessageSid', message.sid],
      ['MessagingServiceSid', messagingService],
      ['Index', message.index],
      ['DateCreated', dateParameter(message.dateCreated)],
    ),
    ...content(message, media),
  ];
}

/** onMessageUpdate (with the values it would get), onMessageUpdated, onMessageRemove. */
export function messageChange(message: Stored, media?: string): Parameter[] {
  return [
    ...parametersOf(
      ['ConversationSid', message.conversationSid],
      ['MessageSid', message.sid],
      ['Index', message.index],
      ['DateCreated', dateParameter(message.dateCreated)],
      ['DateUpdated', dateParameter(message.dateUpdated)],
    ),
    ...content(message, media),
  ];
}

/** onMessageRemoved. */
export function messageRemoved(message: Stored, removed: number, media?: string): Parameter[] {
  return [...messageChange(message, media), ...parametersOf(['DateRemoved', dateParameter(removed)])];
}
