import type { ChannelModule } from '../channel.ts';
import { isSmsAddress } from './addresses.ts';
import { SmppChannel } from './channel.ts';
import { checkSmpp } from './check.ts';
import { type SmppConfig, smppSchema } from './config.ts';

/** SMS without anybody between this server and the operator: SMPP 3.4. */
export const smppModule: ChannelModule<SmppConfig> = {
  type: 'smpp',
  title: 'SMS over SMPP',
  schema: smppSchema,
  secrets: ['password'],
  accepts: isSmsAddress,
  check: checkSmpp,
  create: (config, host, name) => new SmppChannel(config, host, name),
};
