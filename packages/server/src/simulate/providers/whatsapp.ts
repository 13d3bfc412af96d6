import { startWhatsAppSimulator } from '@colloquy/testing';
import { requireOwn } from '../own-address.ts';
import type { Provider } from '../provider.ts';

const ids = { id: '106540352242922', account: '102290129340398' };
const verifyToken = 'simulated-verify-token';

export const whatsapp: Provider = {
  name: 'whatsapp',
  about: 'the Cloud API of WhatsApp',
  port: 8022,
  own: 'whatsapp:+12025550143',
  async start({ port, own }) {
    const raw = own.startsWith('+') ? `whatsapp:${own}` : own;
    const address = requireOwn(raw, /^whatsapp:\+/, 'whatsapp: and a phone number');
    const number = { ...ids, number: address.slice('whatsapp:'.length), name: 'Simulated Shop' };
    const simulator = await startWhatsAppSimulator({ port, numbers: [number] });
    const { world, url } = simulator;
    return {
      phones: simulator.phones,
      url,
      facts: [
        ['Graph API', url],
        ['Phone number', `ID ${ids.id}, of the account ${ids.account}`],
        ['Access token', world.token],
        ['App secret', world.appSecret],
      ],
      sender: {
        type: 'whatsapp',
        addresses: [address],
        config: {
          phoneNumberId: ids.id,
          businessAccountId: ids.account,
          accessToken: world.token,
          appSecret: world.appSecret,
          verifyToken,
          graphUrl: url,
        },
      },
      reportTo: (webhookUrl) => simulator.subscribe(webhookUrl, verifyToken),
      faults: [
        { what: 'The next message is refused: too many requests', fault: { api: 'messages', kind: { code: 130429 } } },
        { what: 'The next one cannot be delivered', fault: { api: 'delivery', kind: { code: 131026 } } },
        { what: 'The next one is taken, but the answer gets lost', fault: { api: 'messages', kind: 'lost' } },
      ],
      close: simulator.close,
    };
  },
};
