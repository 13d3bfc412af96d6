import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Core } from '../../core/core.ts';
import { temporary } from '../../media/links.ts';
import type { Media } from '../../media/open.ts';
import type { BasicCredentials } from '../http/authentication.ts';
import { publicUrlOf } from '../http/public-url.ts';

export interface MediaApiDependencies {
  core: Core;
  media: Pick<Media, 'library' | 'links'>;
  credentials: BasicCredentials;
  /** Null: derived from each request. */
  publicUrl: string | null;
  logger: Logger;
}

/** What it takes to make links. */
export interface LinkMaker extends Pick<MediaApiDependencies, 'core' | 'publicUrl'> {
  media: Pick<Media, 'links'>;
}

/** An address at which the bytes can be read for the contract's 300 seconds, by whoever has it. */
export function temporaryLink({ core, media, publicUrl }: LinkMaker, request: FastifyRequest, sid: string): string {
  return media.links.make(publicUrlOf(request, publicUrl), sid, core.clock.now() + temporary * 1000);
}
