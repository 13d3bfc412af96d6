import type { Limits, Sid } from '@colloquy/protocol';
import type { Logger } from 'pino';
import type { Core } from '../../core/core.ts';
import { Refusal } from '../../core/refusal.ts';
import { SendFailure } from '../../delivery/http/send-failure.ts';
import { parseContentType } from '../../media/content-type.ts';
import { safeFilename } from '../../media/filename.ts';
import type { MediaLibrary, NewMedia } from '../../media/library.ts';
import { StorageUnavailable } from '../../storage/connection.ts';
import { type FetchedMedia, MediaGone } from '../channel.ts';
import type { InboundMedia, InboundPart } from '../events.ts';
import type { Address } from '../message.ts';
import { largestFrom } from './limits.ts';

export interface InboundMediaOptions {
  core: Core;
  library: MediaLibrary;
  logger: Logger;
  account: Sid<'AC'>;
  /** Those of the channel that brings the files; by default the contract's. */
  limits?: Limits;
}

export interface StoredMedia {
  /** SIDs, in the order of the parts. */
  stored: string[];
  /** What could not be fetched now, and may be later. */
  missing: InboundMedia[];
}

/** Fetches what the channel only said where it is. */
export type FetchMedia = (source: unknown) => Promise<FetchedMedia>;

/**
 * Stores the files of a message from outside, one after the other. A file that is too large, or that is gone where it
 * should be, is left out, and the rest of the message kept; one under a wrong label gets the right one.
 *
 * @param fetch for files that are not here; without it there must be none
 * @throws when bytes that are here cannot be had or stored now; the channel reports the message again
 */
export async function storeInboundMedia(
  options: InboundMediaOptions,
  sender: Address,
  parts: readonly InboundPart[],
  fetch?: FetchMedia,
): Promise<StoredMedia> {
  const { core, logger } = options;
  const files = parts.filter((part): part is InboundMedia => part.kind === 'media');
  const taken = files.slice(0, core.limits.mediaPerMessage);
  if (taken.length < files.length) logger.warn({ sender, files: files.length }, 'a message has too many files');
  const stored: string[] = [];
  const missing: InboundMedia[] = [];
  for (const file of taken) {
    const fetched = await bytesOf(options, sender, file, fetch);
    const sid = typeof fetched === 'string' ? fetched : await store(options, sender, file, fetched);
    if (sid === 'later') missing.push(file);
    else if (sid !== 'never') stored.push(sid);
  }
  return { stored, missing };
}

async function bytesOf(
  { logger }: InboundMediaOptions,
  sender: Address,
  file: InboundMedia,
  fetch: FetchMedia | undefined,
): Promise<FetchedMedia | 'later' | 'never'> {
  if ('open' in file) return { bytes: await file.open(), contentType: file.contentType };
  if (!fetch) throw new Error('A file is somewhere else, and nothing can fetch it.');
  try {
    return await fetch(file.source);
  } catch (error) {
    const gone = error instanceof MediaGone;
    logger.warn({ error, sender, gone }, 'a file of a message from outside could not be fetched');
    return gone ? 'never' : 'later';
  }
}

/** @returns its SID, or when to try again */
async function store(
  { core, library, logger, account, limits = core.limits }: InboundMediaOptions,
  sender: Address,
  file: InboundMedia,
  { bytes, contentType, filename }: FetchedMedia,
): Promise<string> {
  try {
    const media: NewMedia = {
      service: null,
      category: file.category ?? 'media',
      filename: safeFilename(file.filename ?? filename ?? null),
      contentType: readContentType(file.contentType ?? contentType),
      bytes,
      deceptive: 'relabel',
      maxBytes: largestFrom(sender, limits),
    };
    const { sid } = await library.add({ kind: 'system', account }, media, new AbortController().signal);
    return sid;
  } catch (error) {
    // More than the channel's network carries is never taken, whoever noticed it.
    if (error instanceof Refusal || (error instanceof SendFailure && error.kind === 'tooLarge')) {
      logger.warn({ sender, reason: error.message }, 'a file of a message from outside is left out');
      return 'never';
    }
    // Bytes that break off on their way can come again; those that are here are asked for again with their event.
    if ('open' in file || error instanceof StorageUnavailable) throw error;
    logger.warn({ error, sender }, 'a file of a message from outside broke off');
    return 'later';
  } finally {
    bytes.destroy();
  }
}

function readContentType(given: string | null): string | null {
  try {
    return parseContentType(given ?? undefined);
  } catch {
    return null;
  }
}
