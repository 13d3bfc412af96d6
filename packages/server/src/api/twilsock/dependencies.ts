import type { Logger } from 'pino';
import type { Bus } from '../../bus/bus.ts';
import type { Core } from '../../core/core.ts';
import type { MediaLinks } from '../../media/links.ts';
import type { Watch } from '../../telemetry/watch.ts';
import type { TokenKeys } from '../tokens.ts';

/** What the official client's API is given. */
export interface TwilsockDependencies {
  core: Core;
  bus: Bus;
  keys: TokenKeys;
  logger: Logger;
  /** Does a channel of this server own that address? */
  ownsAddress: (proxyAddress: string) => Promise<boolean>;
  /** Makes addresses at which media can be read. */
  links: MediaLinks;
  watch?: Watch;
}
