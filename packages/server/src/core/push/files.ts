import type { MediaResource } from '@colloquy/protocol';
import type { MessagesTable } from '../../storage/schema.ts';

/** The files of a message. What else is media, the text of an e-mail for example, is no file to whoever gets it. */
export function filesOf({ media }: Pick<MessagesTable, 'media'>): MediaResource[] {
  if (media === null) return [];
  return (JSON.parse(media) as MediaResource[]).filter(({ category }) => category === 'media');
}
