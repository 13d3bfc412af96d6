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

interface Written
  extends Pick<MessageResource, 'conversationSid' | 'author' | 'body' | 'participantSid' | 'attributes'> {
  media?: readonly MessageFile[] | null | undefined;
}
type Stored = Written & Pick<MessageResource, 'sid' | 'index' | 'dateCreated' | 'dateUpdated'>;

function content(message: Written): Parameter[] {
  return parametersOf(
    ['Body', message.body],
    ['Author', message.author],
    ['ParticipantSid', given(message.participantSid)],
    ['Attributes', message.attributes],
    ['Media', mediaParameter(message.media)],
  );
}

/** onMessageAdd. */
export function messageAdd(message: Written): Parameter[] {
  return [...parametersOf(['ConversationSid', message.conversationSid]), ...content(message)];
}

/** onMessageAdded. */
export function messageAdded(message: Stored, messagingService: string): Parameter[] {
  return [
    ...parametersOf(
      ['ConversationSid', message.conversationSid],
      ['MessageSid', message.sid],
      ['MessagingServiceSid', messagingService],
      ['Index', message.index],
      ['DateCreated', dateParameter(message.dateCreated)],
    ),
    ...content(message),
  ];
}

/** onMessageUpdate (with the values it would get), onMessageUpdated, onMessageRemove. */
export function messageChange(message: Stored): Parameter[] {
  return [
    ...parametersOf(
      ['ConversationSid', message.conversationSid],
      ['MessageSid', message.sid],
      ['Index', message.index],
      ['DateCreated', dateParameter(message.dateCreated)],
      ['DateUpdated', dateParameter(message.dateUpdated)],
    ),
    ...content(message),
  ];
}

/** onMessageRemoved. */
export function messageRemoved(message: Stored, removed: number): Parameter[] {
  return [...messageChange(message), ...parametersOf(['DateRemoved', dateParameter(removed)])];
}
