import { startTwilioSimulator } from '@colloquy/testing';
import { testChannel } from '../conformance.ts';
import type { NetworkFile } from '../media/conformance.ts';
import { openDoor, openFileShelf, openSenderHost, startInboundFiles } from '../test-sender-host.ts';
import { TwilioChannel } from './channel.ts';
import { twilioConfig } from './config.ts';
import { ann, own } from './twilio-world.ts';
import { inboundUrl } from './webhook.ts';

const codes = {
  permanent: 21606,
  temporary: 20503,
  throttle: 20429,
  credentials: 20003,
  'bad-recipient': 21211,
  'bad-content': 21617,
  'opted-out': 21610,
  'window-closed': 63016,
} as const;

testChannel(
  {
    name: 'twilio',
    idempotency: 'correlate',
    media: true,
    faults: [...(Object.keys(codes) as (keyof typeof codes)[]), 'answer-lost'],
  },
  async (rig, host) => {
    const { clock } = rig;
    const shelf = await openFileShelf();
    const door = await openDoor(() => channel, host.ingest);
    const webhookUrl = `${door.url}/webhook`;
    const simulator = await startTwilioSimulator({ clock, reports: { sentAfter: 0, deliveredAfter: 1000 } });
    for (const number of simulator.account.numbers) number.sms_url = inboundUrl(webhookUrl);
    const senderHost = openSenderHost({ clock, addresses: [own], webhookUrl, ingest: host.ingest });
    const { sid, token } = simulator.account;
    const config = twilioConfig.parse({ accountSid: sid, authToken: token, apiUrl: simulator.url });
    const channel = new TwilioChannel(config, senderHost, 'twilio');
    const files = startInboundFiles(rig, channel);
    const sids = new Map<string, string>();
    const write = async (id: string, body: string, written: readonly NetworkFile[] = []) => {
      const prefix = written.length > 0 ? 'MM' : 'SM';
      if (!sids.has(id)) sids.set(id, prefix + String(sids.size).padStart(32, '0'));
      await simulator.receive({ from: ann, to: own, body, files: written, sid: sids.get(id) ?? '' });
      await files.idle();
    };
    const outbound = () => simulator.account.messages.filter(({ direction }) => direction === 'outbound-api');
    return {
      channel: shelf.behind(channel),
      sender: own,
      recipient: ann,
      breakNext: async (fault, count) => {
        const kind = fault === 'answer-lost' ? 'lost' : { code: codes[fault as keyof typeof codes] };
        simulator.break({ api: 'messages', kind, count });
      },
      repair: async () => simulator.repair(),
      arrived: async () => outbound().flatMap(({ body }) => (body === '' ? [] : [body])),
      write: (id, text) => write(id, text),
      media: {
        named: false,
        arrived: async () =>
          outbound().flatMap((message) =>
            message.files.map(({ contentType, bytes }) => ({ contentType, bytes, filename: null })),
          ),
        write: (id, written, text = '') => write(id, text, written),
      },
      idle: async () => {
        await simulator.idle();
        await channel.idle();
      },
      close: async () => {
        await files.stop();
        await simulator.close();
        await door.close();
        await shelf.close();
        await senderHost.close();
      },
    };
  },
);
