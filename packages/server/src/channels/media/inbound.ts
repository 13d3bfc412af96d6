import type { Sid } from '@colloquy/protocol';
import type { Logger } from 'pino';
import type { Core } from '../../core/core.ts';
import { Refusal } from '../../core/refusal.ts';
import { parseContentType } from '../../media/content-type.ts';
import { safeFilename } from '../../media/filename.ts';
import type { MediaLibrary } from '../../media/library.ts';
import type { Address, InboundMedia, InboundPart } from '../channel.ts';
import { largestFrom } from './limits.ts';

export interface InboundMediaOptions {
  core: Core;
  library: MediaLibrary;
  logger: Logger;
  account: Sid<'AC'>;
}

/**
 * Stores the files of a message from outside, one after the other. A file that is too large is left out, and the rest
 * of the message kept; one under a wrong label gets the right one.
 *
 * @returns SIDs, in the order of the parts
 * @throws when the bytes cannot be had or stored now; the channel reports the message again
 */
export async function storeInboundMedia(
  { core, library, logger, account }: InboundMediaOptions,
  sender: Address,
  parts: readonly InboundPart[],
): Promise<string[]> {
  const actor = { kind: 'system', account } as const;
  const files = parts.filter((part): part is InboundMedia => part.kind === 'media');
  const taken = files.slice(0, core.limits.mediaPerMessage);
  if (taken.length < files.length) logger.warn({ sender, files: files.length }, 'a message has too many files');
  const sids: string[] = [];
  for (const file of taken) {
    const bytes = await file.open();
    try {
      const { sid } = await library.add(
        actor,
        {
          service: null,
          category: 'media',
          filename: safeFilename(file.filename),
          contentType: contentTypeOf(file),
          bytes,
          deceptive: 'relabel',
          maxBytes: largestFrom(sender, core.limits),
        },
        new AbortController().signal,
      );
      sids.push(sid);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      logger.warn({ sender, reason: error.message }, 'a file of a message from outside is left out');
    } finally {
      bytes.destroy();
    }
  }
  return sids;
}

function contentTypeOf(file: InboundMedia): string | null {
  try {
    return parseContentType(file.contentType ?? undefined);
  } catch {
    return null;
  }
}
