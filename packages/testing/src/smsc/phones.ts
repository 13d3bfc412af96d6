import { type PhoneNetwork, phoneNumberOf } from '../phones/phone-network.ts';
import type { Smsc } from './smsc.ts';

/** @param own the numbers of whoever binds: an SMSC does not know them */
export function smscPhones(smsc: Smsc, own: readonly string[]): PhoneNetwork {
  const { log } = smsc;
  return {
    title: 'An SMSC (SMPP 3.4)',
    own,
    phones: ['+12025550123', '+12025550124'],
    note: null,
    log,
    addressOf: (raw) => (own.includes(raw) ? raw : phoneNumberOf(raw)),
    write: async (from, to, body) => {
      const last = log.messages(from).at(-1)?.id ?? 0;
      const told = smsc.write({ from, to, text: body });
      const [written] = log.messages(from, last);
      if (!written) throw new Error('What was written is not on the phone.');
      // Whoever has not bound is told later.
      if (smsc.binds > 0) await told;
      return written;
    },
  };
}

/** Digits as they are on the wire, as people write a number; short codes have no plus. */
export function phoneOf(address: string): string {
  return /^[0-9]{9,15}$/.test(address) ? `+${address}` : address;
}
