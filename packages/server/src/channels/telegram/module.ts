import { SendFailure } from '../../delivery/http/send-failure.ts';
import type { ChannelModule, Check, SenderHost } from '../channel.ts';
import { asObject } from '../json.ts';
import { BotApi, textIn } from './api.ts';
import { TelegramChannel } from './channel.ts';
import { type TelegramConfig, telegramConfig } from './config.ts';
import { addressOfBot } from './ids.ts';

/** A bot at Telegram. */
export const telegramModule: ChannelModule<TelegramConfig> = {
  type: 'telegram',
  title: 'Telegram',
  schema: telegramConfig,
  secrets: ['token'],
  accepts: (address) => address.startsWith('telegram:@'),
  check: checkTelegram,
  create: (config, host, name) => new TelegramChannel(config, host, name),
};

async function checkTelegram(config: TelegramConfig, host: SenderHost, signal: AbortSignal): Promise<Check> {
  try {
    const answer = await new BotApi(host.outgoing, config).call('getMe', {}, signal);
    const username = textIn(asObject(answer.result), 'username');
    if (answer.code === 401 || answer.code === 404) return { ok: false, reason: 'Telegram does not know this token.' };
    if (!answer.ok || username === undefined) return { ok: false, reason: `Telegram says: ${answer.description}` };
    const bot = addressOfBot(username);
    const other = host.addresses.find((address) => address !== bot);
    if (other !== undefined) return { ok: false, reason: `This is the token of ${bot}, not of ${other}.` };
    if (config.webhook && !host.webhookUrl?.startsWith('https:')) {
      return { ok: false, reason: 'Telegram only calls https: set a public URL, or leave webhook out.' };
    }
    return { ok: true, addresses: [bot], notes: [] };
  } catch (error) {
    if (error instanceof SendFailure) return { ok: false, reason: `Telegram was not reached: ${error.message}` };
    throw error;
  }
}
