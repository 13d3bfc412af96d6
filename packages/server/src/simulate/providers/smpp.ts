import { Smsc, serveSmsc, smscPhones } from '@colloquy/testing';
import { requireOwn } from '../own-address.ts';
import type { Provider } from '../provider.ts';

const usualPort = 2775;
const facePort = 8024;
const account = { systemId: 'colloquy', password: 'secret1' };

export const smpp: Provider = {
  name: 'smpp',
  about: 'an SMSC, by SMPP 3.4',
  port: usualPort,
  own: '+12025550144',
  async start({ port, own }) {
    const address = requireOwn(own, /^\+?[0-9]+$/, 'a phone number, or a short code');
    const smsc = new Smsc({ accounts: [account] });
    // Slow enough to be seen.
    smsc.settings.receipts.after = 1000;
    await smsc.start(port);
    const phones = smscPhones(smsc, [address]);
    const face = await serveSmsc(smsc, phones, { port: port === usualPort ? facePort : 0 });
    return {
      phones,
      url: face.url,
      facts: [
        ['SMPP', `127.0.0.1, port ${smsc.port}`],
        ['system_id', account.systemId],
        ['Password', account.password],
        ['Fates', 'numbers that end in 001 cannot be reached, in 002 not in time,'],
        ['', 'in 003 are refused; of 004 nothing is heard'],
      ],
      sender: {
        type: 'smpp',
        addresses: [address],
        config: { host: '127.0.0.1', port: smsc.port, ...account },
      },
      // The server binds, and is told by that.
      reportTo: async () => {},
      faults: [
        {
          what: 'The next message is refused: too many',
          fault: { action: { type: 'refuse', status: 0x58 }, count: 1 },
        },
        {
          what: 'The next one is refused: no such number',
          fault: { action: { type: 'refuse', status: 0x0b }, count: 1 },
        },
        {
          what: 'The next one is taken, but the answer gets lost',
          fault: { action: { type: 'answer-lost' }, count: 1 },
        },
      ],
      close: async () => {
        await smsc.stop();
        await face.close();
      },
    };
  },
};
