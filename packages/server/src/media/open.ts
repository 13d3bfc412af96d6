import { join } from 'node:path';
import type { Sid } from '@colloquy/protocol';
import type { Logger } from 'pino';
import type { Bus } from '../bus/bus.ts';
import type { Core } from '../core/core.ts';
import { DiskStore } from './disk/disk-store.ts';
import { MediaLibrary } from './library.ts';
import { MediaLinks } from './links.ts';
import type { S3Bucket } from './s3/s3-client.ts';
import { S3Store } from './s3/s3-store.ts';
import { type MediaSweeper, startMediaSweeper } from './sweeper.ts';

export interface MediaOptions {
  core: Core;
  bus: Bus;
  account: Sid<'AC'>;
  logger: Logger;
  dataDir: string;
  /** Undefined: media are kept on disk. */
  bucket: S3Bucket | undefined;
  publicUrl: string | null;
  /** What signs temporary links. */
  secret: string;
}

/** Media, at work. */
export interface Media {
  library: MediaLibrary;
  links: MediaLinks;
  sweeper: MediaSweeper;
}

/** How long a provider has to fetch what it is to send, in milliseconds. */
const linkForProviders = 60 * 60 * 1000;

/** Opens the store and sets to work what clears it, beginning with what the last run of the server left. */
export function openMedia({ core, bus, account, logger, dataDir, bucket, publicUrl, secret }: MediaOptions): Media {
  const store = bucket ? new S3Store(bucket) : new DiskStore(join(dataDir, 'media'));
  const links = new MediaLinks(secret);
  const urlFor = (sid: string) => publicUrl && links.make(publicUrl, sid, core.clock.now() + linkForProviders);
  return {
    library: new MediaLibrary({ core, store, logger, urlFor }),
    links,
    sweeper: startMediaSweeper({ core, bus, store, account, logger }),
  };
}
