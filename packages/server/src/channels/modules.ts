import type { ChannelModule } from './channel.ts';
import { emailModule } from './email/module.ts';
import { smppModule } from './smpp/module.ts';
import { telegramModule } from './telegram/module.ts';
import { twilioModule } from './twilio/module.ts';
import { whatsAppModule } from './whatsapp/module.ts';

/** The kinds of channels that senders can be configured for. */
export const modules: readonly ChannelModule[] = [
  twilioModule,
  whatsAppModule,
  smppModule,
  telegramModule,
  emailModule,
];
