import { startTwilioSimulator } from '@colloquy/testing';
import { requireOwn } from '../own-address.ts';
import type { Provider } from '../provider.ts';

export const twilio: Provider = {
  name: 'twilio',
  about: 'Twilio: SMS, or WhatsApp with --address whatsapp:+12025550142',
  port: 8021,
  own: '+12025550142',
  async start({ port, own }) {
    const address = requireOwn(own, /^(whatsapp:)?\+/, 'a phone number, or whatsapp: and one');
    const isNumber = address.startsWith('+');
    const simulator = await startTwilioSimulator({
      port,
      numbers: isNumber ? [address] : [],
      senders: isNumber ? {} : { [address]: '' },
    });
    const { account, url } = simulator;
    return {
      phones: simulator.phones,
      url,
      facts: [
        ['API', url],
        ['Account SID', account.sid],
        ['Auth token', account.token],
      ],
      sender: {
        type: 'twilio',
        addresses: [address],
        config: { accountSid: account.sid, authToken: account.token, apiUrl: url },
      },
      reportTo: async (webhookUrl) => {
        const number = account.number(address);
        // As the Console would have it: five times more, whatever goes wrong.
        if (number) number.sms_url = `${webhookUrl}#rc=5&rp=all`;
        else account.senders.set(address, webhookUrl);
      },
      faults: [
        { what: 'The next message is refused: too many requests', fault: { api: 'messages', kind: { code: 20429 } } },
        { what: 'The next one does not arrive: the phone is off', fault: { api: 'delivery', kind: { code: 30003 } } },
        { what: 'The next one is taken, but the answer gets lost', fault: { api: 'messages', kind: 'lost' } },
      ],
      close: simulator.close,
    };
  },
};
