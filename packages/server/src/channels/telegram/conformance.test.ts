import { startTelegramSimulator } from '@colloquy/testing';
import { testChannel } from '../conformance.ts';
import type { NetworkFile } from '../media/conformance.ts';
import type { ProviderError } from '../message.ts';
import { openSenderHost, startInboundFiles } from '../test-sender-host.ts';
import { TelegramChannel } from './channel.ts';
import { telegramConfig } from './config.ts';
import { ann, bot, polledBy } from './telegram-world.ts';

type Fault = { error: number; description: string; retryAfter?: number };
const refusals: Partial<Record<ProviderError['kind'], Fault>> = {
  permanent: { error: 400, description: 'Bad Request: have no rights to send a message' },
  temporary: { error: 500, description: 'Internal Server Error' },
  throttle: { error: 429, description: 'Too Many Requests: retry after 3', retryAfter: 3 },
  credentials: { error: 401, description: 'Unauthorized' },
  'bad-recipient': { error: 403, description: 'Forbidden: bot was blocked by the user' },
  'bad-content': { error: 400, description: 'Bad Request: message is too long' },
};

testChannel(
  {
    name: 'telegram',
    idempotency: 'none',
    media: true,
    faults: [...(Object.keys(refusals) as ProviderError['kind'][]), 'answer-lost'],
  },
  async (rig, host) => {
    const { clock } = rig;
    const simulator = await startTelegramSimulator({ clock });
    const { people, state, updates } = simulator;
    state.begin(ann, 'Ann');
    const senderHost = openSenderHost({ clock, addresses: [bot], ingest: host.ingest });
    const config = telegramConfig.parse({ token: simulator.token, apiUrl: simulator.url });
    const channel = new TelegramChannel(config, senderHost, 'telegram');
    const files = startInboundFiles(rig, channel);
    const written = new Map<string, ReturnType<typeof people.write>['update']>();
    const write = async (id: string, text: string | undefined, file?: NetworkFile) => {
      const known = written.get(id);
      if (known) updates.repeat(known);
      else {
        const { update } = people.write({
          chat: ann,
          ...(text !== undefined && { text }),
          ...(file && { file: { ...file, kind: 'document' } }),
        });
        written.set(id, update);
      }
      await polledBy(simulator);
      await files.idle();
    };
    const received = () => (state.chats.get(ann)?.messages ?? []).filter(({ from }) => from.is_bot);
    return {
      channel,
      sender: bot,
      recipient: `telegram:${ann}`,
      breakNext: async (fault, count) => {
        const kind = fault === 'answer-lost' ? 'lost' : refusals[fault];
        if (kind) simulator.break({ method: 'send', kind, count });
      },
      repair: async () => simulator.repair(),
      arrived: async () => received().flatMap(({ text, caption }) => text ?? caption ?? []),
      write: (id, text) => write(id, text),
      media: {
        together: false,
        tooLarge: 20 * 1024 * 1024,
        arrived: async () =>
          received().flatMap((message) => {
            const sizes = (message['photo'] ?? []) as { file_id: string }[];
            const file = state.files.get(sizes.at(-1)?.file_id ?? '');
            return file ? [{ contentType: file.contentType, filename: file.filename, bytes: file.bytes }] : [];
          }),
        write: (id, [file], text) => write(id, text, file),
      },
      idle: () => polledBy(simulator),
      close: async () => {
        await files.stop();
        await simulator.close();
        await senderHost.close();
      },
    };
  },
);
