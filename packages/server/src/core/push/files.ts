import type { MediaResource } from '@colloquy/protocol';
import type { MessagesTable } from '../../storage/schema.ts';
import { mediaOf } from '../messages/media.ts';

/** The files of a message. What else is media, the text of an e-mail for example, is no file to whoever gets it. */
export function filesOf(message: Pick<MessagesTable, 'media'>): MediaResource[] {
  return mediaOf(message).filter(({ category }) => category === 'media');
}
