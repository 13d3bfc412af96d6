import type { PhoneLog } from '../phones/phone-log.ts';
import type { PhoneNetwork } from '../phones/phone-network.ts';
import type { People } from './people.ts';
import type { TelegramMessage, TelegramState } from './state.ts';

export function telegramPhones(state: TelegramState, people: People, log: PhoneLog): PhoneNetwork {
  return {
    title: 'Telegram',
    own: [state.address],
    phones: ['telegram:5001', 'telegram:5002'],
    note: 'On Telegram the phone has to write first: a bot cannot begin a chat.',
    log,
    addressOf: (raw) => {
      if (raw.toLowerCase() === state.address) return state.address;
      const id = /^(?:telegram:)?(-?[1-9][0-9]{0,15})$/.exec(raw)?.[1];
      return id === undefined ? undefined : addressOfChat(Number(id));
    },
    write: async (phone, _to, body) =>
      people.write({ chat: Number(phone.slice('telegram:'.length)), text: body }).shown,
  };
}

export function addressOfChat(id: number): string {
  return `telegram:${id}`;
}

/** What a message shows on a phone; of a file, its caption. */
export function textOfMessage({ text, caption }: TelegramMessage) {
  return { body: text ?? caption ?? '' };
}
