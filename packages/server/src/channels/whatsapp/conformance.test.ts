import { startWhatsAppSimulator, type WhatsAppFaultKind, type WhatsAppSimulator } from '@colloquy/testing';
import { inboundWork } from '../../core/inbound/queue.ts';
import { InboundFiles } from '../../delivery/channels/inbound-files.ts';
import { Dispatcher } from '../../delivery/outbox.ts';
import { type NetworkFault, type NetworkUnderTest, testChannel } from '../conformance.ts';
import { Registry } from '../registry.ts';
import { account, logger, type Rig } from '../test-rig.ts';
import { openDoor, openSenderHost } from '../test-sender-host.ts';
import { WhatsAppChannel } from './channel.ts';
import { whatsAppConfig } from './config.ts';

const own = 'whatsapp:+15550783881';
const person = '+12025550123';

const faults: Partial<Record<NetworkFault, WhatsAppFaultKind>> = {
  permanent: { code: 131049 },
  'bad-content': { code: 131009 },
  'bad-recipient': { code: 131026 },
  'window-closed': { code: 131047 },
  'opted-out': { code: 131050 },
  temporary: { code: 131016 },
  throttle: { code: 130429 },
  credentials: { code: 190 },
  billing: { code: 131042 },
  'answer-lost': 'lost',
};

testChannel(
  { name: 'whatsapp', idempotency: 'correlate', media: true, faults: Object.keys(faults) as NetworkFault[] },
  async (rig, { ingest }): Promise<NetworkUnderTest> => {
    const { clock } = rig;
    const simulator = await startWhatsAppSimulator({ clock, reporting: { beforeAnswer: true } });
    const host = openSenderHost({ clock, addresses: [own], ingest });
    const [number] = simulator.world.numbers;
    const config = whatsAppConfig.parse({
      phoneNumberId: number?.id,
      businessAccountId: number?.account,
      accessToken: simulator.world.token,
      appSecret: simulator.world.appSecret,
      verifyToken: 'verify',
      graphUrl: simulator.url,
    });
    const channel = new WhatsAppChannel(config, host, 'whatsapp');
    const door = await openDoor(() => channel, host.ingest);
    await simulator.subscribe(door.url, 'verify');
    const phone = simulator.phone(person);
    // The window is not what this is about.
    phone.state.wrote.set(number?.id ?? '', clock.now() + 7 * 24 * 60 * 60 * 1000);
    const files = fetchFiles(rig, channel);
    return {
      channel,
      sender: own,
      recipient: `whatsapp:${person}`,
      breakNext: async (fault, count) => simulator.break({ api: 'messages', kind: faults[fault] ?? 'cut', count }),
      repair: async () => simulator.repair(),
      arrived: async () => textsOn(simulator),
      write: async (id, text) => {
        await phone.write(text, { id });
      },
      media: {
        // Meta carries none of more than 100 MB.
        tooLarge: null,
        together: false,
        named: false,
        arrived: async () => phone.received.flatMap(({ file }) => (file ? [file] : [])),
        write: async (id, sent, text) => {
          const [{ contentType, bytes } = { contentType: '', bytes: Buffer.alloc(0) }] = sent;
          await phone.sendFile({ id, contentType, bytes, ...(text !== undefined && { caption: text }) });
          await files.idle();
        },
      },
      idle: () => simulator.idle(),
      close: async () => {
        await files.stop();
        await simulator.close();
        await door.close();
        await host.close();
      },
    };
  },
);

function textsOn({ phone }: WhatsAppSimulator): string[] {
  return phone(person).received.flatMap(({ text }) => (text === null ? [] : [text]));
}

function fetchFiles(rig: Rig, channel: WhatsAppChannel): Dispatcher {
  const { core, bus, clock, library } = rig;
  const context = { core, bus, clock, logger, account };
  const handler = new InboundFiles({ ...context, library, registry: new Registry(channel), groupTexting: true });
  const dispatcher = new Dispatcher({ ...context, kind: inboundWork, handler, concurrency: 1, leaseMs: 60_000 });
  dispatcher.start();
  return dispatcher;
}
