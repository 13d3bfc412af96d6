/** A kind of sender for tests: its network is this object, and does what it is told. */
import { Readable } from 'node:stream';
import { z } from 'zod';
import { type Channel, type ChannelModule, type Check, MediaGone, type SenderHost } from '../channels/channel.ts';
import type { InboundEvent } from '../channels/events.ts';
import type { Capabilities, Idempotency, SendRequest, SendResult } from '../channels/message.ts';

export const carrierCapabilities: Capabilities = {
  text: { most: 20, unit: 'characters' },
  media: { types: ['image/*'], maxBytes: 1_000_000, perPiece: 1, caption: 0 },
  receipts: ['delivered', 'read', 'undelivered', 'failed'],
  rich: [],
  replies: true,
  reactions: 'both',
  window: null,
  groups: false,
  inbound: ['webhook'],
};

export interface TestCarrier {
  module: ChannelModule;
  /** Everything that was sent, in order. */
  sent: SendRequest[];
  /** Answers to the next sends; accepted where there is none. */
  answers: (SendResult | ((request: SendRequest) => SendResult | Promise<SendResult>))[];
  /** What checks are answered. */
  verdict: Check;
  /** By source: bytes, or what goes wrong with the next attempts to fetch them. */
  files: Map<string, Buffer | 'gone' | { failures: number; bytes: Buffer } | (() => Promise<Readable>)>;
  /** The channels that were started and stopped, by name. */
  log: string[];
  hosts: Map<string, SenderHost>;
}

const schema = z.strictObject({
  region: z.string({ error: 'not text' }).describe('Where the carrier is.'),
  token: z.string({ error: 'not text' }).min(8, 'shorter than 8 characters').describe('What it knows you by.'),
  pin: z.string({ error: 'not text' }).optional().describe('Another secret, which nobody needs.'),
});

/** Requests to its webhook are JSON of events, with the token in the header `x-token`. */
export function openTestCarrier(
  options: { windowHours?: number; idempotency?: Idempotency; reconcile?: Channel['reconcile'] } = {},
): TestCarrier {
  const { windowHours, idempotency = { mode: 'provider' }, reconcile } = options;
  const carrier: Omit<TestCarrier, 'module'> = {
    sent: [],
    answers: [],
    verdict: { ok: true, addresses: [], notes: [] },
    files: new Map(),
    log: [],
    hosts: new Map(),
  };
  const module: ChannelModule<z.infer<typeof schema>> = {
    type: 'test',
    title: 'Test carrier',
    schema,
    secrets: ['token', 'pin'],
    ...(windowHours !== undefined && { windowHours: () => windowHours }),
    accepts: (address) => !address.startsWith('mailto:'),
    check: async () => carrier.verdict,
    create: ({ token }, host, name): Channel => {
      carrier.hosts.set(name, host);
      return {
        name,
        idempotency,
        capabilities: { ...carrierCapabilities, window: windowHours === undefined ? null : { hours: windowHours } },
        owns: (address) => host.addresses.includes(address),
        send: async (request) => {
          carrier.sent.push(request);
          const answer = carrier.answers.shift();
          if (!answer) return { outcome: 'accepted', providerId: `id of ${request.deliveryId}`, status: 'sent' };
          return typeof answer === 'function' ? answer(request) : answer;
        },
        ...(reconcile && { reconcile }),
        webhook: async ({ headers, body }) => {
          if (headers['x-token'] !== token) return { status: 403, events: [] };
          return { status: 200, body: 'taken', events: JSON.parse(body.toString()) as InboundEvent[] };
        },
        fetchMedia: async (source) => {
          const file = carrier.files.get(String(source));
          if (file === 'gone') throw new MediaGone('It is gone.');
          if (typeof file === 'function') return { bytes: await file(), contentType: null };
          const bytes = Buffer.isBuffer(file) ? file : file?.failures === 0 ? file.bytes : undefined;
          if (bytes) return { bytes: Readable.from([bytes]), contentType: null };
          if (file && !Buffer.isBuffer(file)) file.failures -= 1;
          throw new Error('It is not there yet.');
        },
        start: () => void carrier.log.push(`start ${name}`),
        stop: async () => void carrier.log.push(`stop ${name}`),
      };
    },
  };
  return Object.assign(carrier, { module: module as unknown as ChannelModule });
}
