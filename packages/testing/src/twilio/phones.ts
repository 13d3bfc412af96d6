import type { PhoneLog } from '../phones/phone-log.ts';
import { type PhoneNetwork, phoneNumberOf } from '../phones/phone-network.ts';
import type { TwilioAccount } from './account.ts';
import type { TwilioNetwork } from './network.ts';

const windowNote = 'On WhatsApp the phone has to write first; then you may write to it for 24 hours.';

export function twilioPhones(account: TwilioAccount, network: TwilioNetwork, log: PhoneLog): PhoneNetwork {
  const own = [...account.numbers.map(({ phone_number }) => phone_number), ...account.senders.keys()];
  const prefix = own[0]?.startsWith('whatsapp:') ? 'whatsapp:' : '';
  return {
    title: 'Twilio',
    own,
    phones: [`${prefix}+12025550123`, `${prefix}+12025550124`],
    note: prefix === '' ? null : windowNote,
    log,
    addressOf: (raw) => {
      if (/^(messenger|rcs):\S+$/.test(raw)) return raw;
      return phoneNumberOf(raw, raw.startsWith('whatsapp:') ? 'whatsapp:' : '');
    },
    write: async (from, to, body) => {
      const { text } = await network.receive({ from, to, body });
      if (!text) throw new Error('A new message was taken for one that was there before.');
      return text;
    },
  };
}
