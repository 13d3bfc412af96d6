/** What tests of the e-mail channel need: what the server gives it, and mails. */
import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { addressJudge } from '../../delivery/http/networks.ts';
import { Outgoing } from '../../delivery/http/outgoing.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import type { SenderHost } from '../channel.ts';
import type { InboundEvent, InboundMessage, InboundStatus, Ingested } from '../events.ts';
import type { SendRequest } from '../message.ts';
import { logger } from '../test-rig.ts';
import { claimFrom } from '../test-sender-host.ts';
import { type EmailConfig, emailSchema } from './config.ts';

export const support = 'mailto:support@example.test';
export const ann = 'mailto:ann@example.org';
export const conversation = `CH${'0123456789abcdef'.repeat(2)}`;
export const delivery = `DY${'fedcba9876543210'.repeat(2)}`;

export interface TestHost extends SenderHost {
  clock: ManualClock;
  /** What was taken in. */
  events: InboundEvent[];
  messages: InboundMessage[];
  statuses: InboundStatus[];
  /** What was noted, by name. */
  notes: Map<string, unknown>;
  /** Throws in the place of taking in. */
  breakdown: Error | null;
  /** Resolves when that many events were taken in. */
  whenTaken(count: number): Promise<void>;
}

/** A server that remembers what it was given, and takes every message into one conversation. */
export function testHost({
  addresses = [support],
  networks = ['127.0.0.0/8'],
  notes = new Map(),
  claims = new Map(),
} = {}): TestHost {
  const clock = new ManualClock();
  const events: InboundEvent[] = [];
  const waiting = new Set<() => void>();
  const routing = { outcome: 'routed', conversation, message: null, reason: null } as const;
  const host: TestHost = {
    addresses,
    clock,
    logger,
    events,
    notes,
    breakdown: null,
    get messages() {
      return events.filter((event) => event.type === 'message');
    },
    get statuses() {
      return events.filter((event) => event.type === 'status');
    },
    ingest: async (given) => {
      if (host.breakdown) throw host.breakdown;
      events.push(...given);
      for (const look of waiting) look();
      return given.map(
        ({ type }): Ingested =>
          type === 'message' ? { type, routing } : type === 'status' ? { type, outcome: 'changed' } : { type },
      );
    },
    whenTaken: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (events.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    ...noting(notes),
    claim: claimFrom(claims),
    outgoing: new Outgoing({ clock, networks }),
    lookup: lookup as LookupFunction,
    forbids: addressJudge(networks),
    webhookUrl: null,
  };
  return host;
}

/** Notes in memory, as JSON like on disk. */
export function noting(notes: Map<string, unknown>): Pick<SenderHost, 'recall' | 'note' | 'noteOnce' | 'recallAll'> {
  return {
    recall: async <T>(name: string) => structuredClone(notes.get(name)) as T | undefined,
    note: async (name, value) => {
      if (value === undefined) notes.delete(name);
      else notes.set(name, JSON.parse(JSON.stringify(value)));
    },
    noteOnce: async <T>(name: string, value: T) => {
      if (!notes.has(name)) notes.set(name, JSON.parse(JSON.stringify(value)));
      return structuredClone(notes.get(name)) as T;
    },
    recallAll: async <T>(prefix: string) =>
      [...notes]
        .filter(([name]) => name.startsWith(prefix))
        .sort()
        .map(([name, value]) => ({ name, value: value as T })),
  };
}

export function configOf(config: Partial<EmailConfig> & { smtpPort: number }): EmailConfig {
  const local = { smtpHost: '127.0.0.1', smtpTls: 'off', imapTls: 'off', smtpUser: 'support', smtpPassword: 'secret' };
  return emailSchema.parse({ ...local, ...config });
}

export function requestOf(request: Partial<SendRequest> = {}): SendRequest {
  return {
    conversation,
    message: `IM${'0'.repeat(32)}`,
    deliveryId: delivery,
    attempt: 1,
    sender: support,
    recipient: ann,
    author: 'ben',
    subject: null,
    parts: [{ kind: 'text', text: 'hello' }],
    rich: null,
    replyTo: null,
    reaction: null,
    lastReceived: null,
    piece: 0,
    pieces: 1,
    ...request,
  };
}

let mails = 0;

/** A mail as it comes in, with these headers in the place of the usual ones; null leaves one out. */
export function mailOf(body: string, headers: Record<string, string | null> = {}): Buffer {
  mails += 1;
  const all: Record<string, string | null> = {
    from: 'Ann <ann@example.org>',
    to: 'support@example.test',
    subject: 'Broken lamp',
    date: 'Tue, 01 Jan 2030 00:00:00 +0000',
    'message-id': `<${mails}@example.org>`,
    'content-type': 'text/plain; charset=utf-8',
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body.replace(/\r?\n/g, '\r\n')}\r\n`);
}
