import { z } from 'zod';

/** What a bot at Telegram needs. Each description is shown to whoever configures one. */
export const telegramConfig = z.strictObject({
  token: z
    .string()
    .regex(/^[0-9]{1,20}:[A-Za-z0-9_-]{10,100}$/, 'a number, a colon and some more')
    .describe('What @BotFather gives you for the bot. Whoever has it speaks for the bot.'),
  webhook: z
    .boolean()
    .default(false)
    .describe(
      'Have Telegram call this server, which needs a public URL with https. Otherwise the server asks for news.',
    ),
  afterUnknown: z
    .enum(['resend', 'fail'])
    .default('resend')
    .describe('When nobody knows whether a message arrived: may it come twice, or not at all?'),
  apiUrl: z
    .url({ protocol: /^https?$/ })
    .default('https://api.telegram.org')
    .describe('Where the Bot API is: for a Bot API server of your own, or a simulator.'),
});

export type TelegramConfig = z.infer<typeof telegramConfig>;
