/** A channel alone, and the simulator behind it, for tests of what goes out. */
import { Readable } from 'node:stream';
import { ManualClock, startWhatsAppSimulator, type WhatsAppPerson, type WhatsAppSimulator } from '@colloquy/testing';
import type { OutboundMedia, OutboundMessage, Piece, RichPart, SendRequest, SendResult } from '../message.ts';
import { openSenderHost, type TestSenderHost } from '../test-sender-host.ts';
import { WhatsAppChannel } from './channel.ts';
import type { WhatsAppConfig } from './config.ts';
import { testConfig } from './webhook-world.ts';

export const own = 'whatsapp:+15550783881';
export const ann = '+12025550123';

export interface SendWorld {
  clock: ManualClock;
  simulator: WhatsAppSimulator;
  host: TestSenderHost;
  channel: WhatsAppChannel;
  /** Somebody who wrote a moment ago. */
  phone: WhatsAppPerson;
  /** What was posted to `/messages`, in order. */
  posted(): Record<string, unknown>[];
  /** Plans a message and sends its pieces, until one of them is not accepted. */
  send(
    message: OutboundMessage,
    more?: Partial<SendRequest>,
  ): Promise<{ results: SendResult[]; changes: readonly string[] }>;
  close(): Promise<void>;
}

export async function openSendWorld(config: Partial<WhatsAppConfig> = {}): Promise<SendWorld> {
  const clock = new ManualClock();
  const { appSecret } = testConfig();
  const simulator = await startWhatsAppSimulator({ clock, appSecret, limits: false });
  const host = openSenderHost({ clock, addresses: [own] });
  const channel = new WhatsAppChannel(testConfig({ graphUrl: simulator.url, ...config }), host, 'whatsapp');
  const phone = simulator.phone(ann);
  phone.state.wrote.set(simulator.world.numbers[0]?.id ?? '', clock.now());
  let deliveries = 0;
  return {
    clock,
    simulator,
    host,
    channel,
    phone,
    posted: () =>
      simulator.journal
        .filter(({ path }) => path.endsWith('/messages'))
        .map(({ body }) => body as Record<string, unknown>),
    send: async (message, more = {}) => {
      const plan = channel.plan(message);
      if (!plan.ok) return { results: [{ outcome: 'rejected', error: plan.error }], changes: [] };
      const results: SendResult[] = [];
      deliveries += 1;
      for (const [piece, { parts, data }] of plan.pieces.entries()) {
        const request = {
          ...message,
          parts,
          data,
          piece,
          pieces: plan.pieces.length,
          deliveryId: `DY${deliveries}.${piece}`,
          attempt: 1,
        };
        const result = await channel.send({ ...request, ...more }, new AbortController().signal);
        results.push(result);
        if (result.outcome !== 'accepted') break;
      }
      return { results, changes: plan.changes };
    },
    close: async () => {
      await channel.stop();
      await simulator.close();
      await host.close();
    },
  };
}

export function messageOf(text: string, more: Partial<OutboundMessage> = {}): OutboundMessage {
  return {
    conversation: 'CH1',
    message: 'IM1',
    sender: own,
    recipient: `whatsapp:${ann}`,
    author: 'agent',
    subject: null,
    parts: text === '' ? [] : [{ kind: 'text', text }],
    rich: null,
    replyTo: null,
    reaction: null,
    lastReceived: null,
    ...more,
  };
}

export function richOf(type: string, content: Record<string, unknown>, more: Partial<RichPart> = {}): RichPart {
  return { template: 'HX1', name: 'Not registered', language: 'en', variables: {}, type, content, ...more };
}

export function fileOf(contentType: string, more: Partial<OutboundMedia> & { bytes?: Buffer } = {}): OutboundMedia {
  const { bytes = Buffer.from('bytes of a file'), ...rest } = more;
  const open = async () => Readable.from([bytes.subarray(0, 3), bytes.subarray(3)]);
  return { kind: 'media', sid: 'ME1', contentType, filename: 'a file', size: bytes.length, url: null, open, ...rest };
}

export function textsOf(pieces: readonly Piece[]): string[] {
  return pieces.flatMap(({ parts }) => parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])));
}
