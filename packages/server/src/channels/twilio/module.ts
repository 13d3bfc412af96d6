import type { ChannelModule } from '../channel.ts';
import { networkOf, windowOf } from './capabilities.ts';
import { TwilioChannel } from './channel.ts';
import { checkTwilio } from './check.ts';
import { type TwilioConfig, twilioConfig } from './config.ts';

/** SMS and MMS, and WhatsApp, Messenger and RCS, through an account at Twilio. */
export const twilioModule: ChannelModule<TwilioConfig> = {
  type: 'twilio',
  title: 'Twilio Messaging',
  schema: twilioConfig,
  secrets: ['authToken', 'apiKeySecret'],
  windowHours: (address) => windowOf(networkOf(address))?.hours ?? null,
  accepts: (address) => networkOf(address) !== undefined,
  check: checkTwilio,
  create: (config, host, name) => new TwilioChannel(config, host, name),
};
