import { startTelegramSimulator } from '@colloquy/testing';
import type { Provider } from '../provider.ts';
import { SimulateError } from '../simulate-error.ts';

export const telegram: Provider = {
  name: 'telegram',
  about: 'a bot of Telegram',
  port: 8023,
  own: 'telegram:@simulated_bot',
  async start({ port, own }) {
    // As Telegram has them, a bot's name ends with "bot".
    const username = /^(?:telegram:)?@?([a-z][a-z0-9_]{1,28}bot)$/i.exec(own)?.[1]?.toLowerCase();
    if (username === undefined) {
      throw new SimulateError(`--address is "${own}"; expected the name of a bot, such as telegram:@simulated_bot.`, 2);
    }
    const simulator = await startTelegramSimulator({ port, username });
    const { token, url } = simulator;
    return {
      phones: simulator.phones,
      url,
      facts: [
        ['Bot API', url],
        ['Token', token],
      ],
      sender: { type: 'telegram', addresses: [`telegram:@${username}`], config: { token, apiUrl: url } },
      // The bot asks for news.
      reportTo: async () => {},
      faults: [
        {
          what: 'The next message is refused: too fast',
          fault: { method: 'send', kind: { error: 429, retryAfter: 5 } },
        },
        { what: 'The next one is refused: the bot was blocked', fault: { method: 'send', kind: { error: 403 } } },
        { what: 'The next one is taken, but the answer gets lost', fault: { method: 'send', kind: 'lost' } },
      ],
      close: simulator.close,
    };
  },
};
