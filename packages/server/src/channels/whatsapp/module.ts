import type { ChannelModule } from '../channel.ts';
import { isOwnAddress, WhatsAppChannel, windowHours } from './channel.ts';
import { checkWhatsApp } from './check.ts';
import { type WhatsAppConfig, whatsAppConfig } from './config.ts';

export const whatsAppModule: ChannelModule<WhatsAppConfig> = {
  type: 'whatsapp',
  title: 'WhatsApp (Cloud API)',
  schema: whatsAppConfig,
  secrets: ['accessToken', 'appSecret', 'verifyToken'],
  windowHours: () => windowHours,
  accepts: isOwnAddress,
  check: checkWhatsApp,
  create: (config, host, name) => new WhatsAppChannel(config, host, name),
};
