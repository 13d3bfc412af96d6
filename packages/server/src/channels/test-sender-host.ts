/** What tests of a channel with senders need: a host that keeps everything in memory, and a door for webhooks. */
import { serveWeb, type WebServer } from '@colloquy/testing';
import type { Scheduler } from '../core/clock.ts';
import { inboundWork } from '../core/inbound/queue.ts';
import { InboundFiles } from '../delivery/channels/inbound-files.ts';
import { Outgoing } from '../delivery/http/outgoing.ts';
import { Dispatcher } from '../delivery/outbox.ts';
import type { Channel, SenderHost, WebhookRequest } from './channel.ts';
import type { InboundEvent, Ingested } from './events.ts';
import type { Address, OutboundMedia, Part } from './message.ts';
import { planFor } from './plan.ts';
import { Registry } from './registry.ts';
import { account, logger, type Rig } from './test-rig.ts';

export interface TestSenderHost extends SenderHost {
  /** Everything that was taken in, in order. */
  events: InboundEvent[];
  notes: Map<string, unknown>;
  close(): Promise<void>;
}

/** Calls this machine only. */
export function openSenderHost(options: {
  clock: Scheduler;
  addresses: readonly Address[];
  webhookUrl?: string | null;
  /** What becomes of events; when left out they are only kept. */
  ingest?: SenderHost['ingest'];
  /** What an earlier host has left. */
  notes?: Map<string, unknown>;
  /** Whoever has which turn, of all hosts of one sender. */
  claims?: Claims;
}): TestSenderHost {
  const { clock, addresses, webhookUrl = null, notes = new Map<string, unknown>(), claims = new Map() } = options;
  const outgoing = new Outgoing({ clock, networks: ['127.0.0.0/8'] });
  const events: InboundEvent[] = [];
  return {
    clock,
    addresses,
    webhookUrl,
    outgoing,
    notes,
    events,
    logger,
    ingest: async (taken) => {
      events.push(...taken);
      return options.ingest ? options.ingest(taken) : taken.map((event) => ({ type: event.type }) as Ingested);
    },
    lookup: (_hostname, _options, callback) => callback(new Error('Names are not looked up here.'), '', 0),
    forbids: () => undefined,
    recall: async <T>(name: string) => structuredClone(notes.get(name)) as T | undefined,
    note: async (name, value) => {
      if (value === undefined) notes.delete(name);
      else notes.set(name, structuredClone(value));
    },
    noteOnce: async <T>(name: string, value: T) => {
      if (!notes.has(name)) notes.set(name, structuredClone(value));
      return structuredClone(notes.get(name)) as T;
    },
    claim: claimFrom(claims),
    recallAll: async <T>(prefix: string) =>
      [...notes.entries()]
        .filter(([name]) => name.startsWith(prefix))
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, value]) => ({ name, value: value as T })),
    close: () => outgoing.close(),
  };
}

/** By name: what tells the holder that he has lost it. */
export type Claims = Map<string, () => void>;

export function claimFrom(claims: Claims): SenderHost['claim'] {
  return async (name, onLost) => {
    if (claims.has(name)) return undefined;
    claims.set(name, onLost);
    return async () => {
      if (claims.get(name) === onLost) claims.delete(name);
    };
  };
}

/** Takes in what a provider posts, for whatever channel there is at the time, as the server's route does. */
export async function openDoor(
  channel: () => Pick<Channel, 'webhook'>,
  ingest: (events: readonly InboundEvent[]) => Promise<unknown>,
): Promise<WebServer> {
  const door: WebServer = await serveWeb(async (incoming, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of incoming) pieces.push(piece as Buffer);
    const url = door.url + incoming.url;
    const request: WebhookRequest = {
      method: incoming.method as 'GET' | 'POST',
      url,
      query: new URL(url).searchParams,
      headers: incoming.headers as Record<string, string>,
      body: Buffer.concat(pieces),
    };
    const reply = await channel().webhook?.(request);
    if (!reply) throw new Error('The channel has no webhook.');
    await ingest(reply.events);
    response.writeHead(reply.status, { ...reply.headers }).end(reply.body);
  });
  return door;
}

/** Files that a provider fetches by their URLs, in the place of the server's media API. */
export interface FileShelf {
  /** The channel, to which files come with URLs. */
  behind(channel: Channel): Channel;
  close(): Promise<void>;
}

export async function openFileShelf(): Promise<FileShelf> {
  const files = new Map<string, OutboundMedia>();
  const server = await serveWeb(async (request, response) => {
    const file = files.get((request.url ?? '').slice(1));
    if (!file) response.writeHead(404).end();
    else (await file.open()).pipe(response.writeHead(200, { 'Content-Type': file.contentType }));
  });
  const shelved = (parts: readonly Part[]) =>
    parts.map((part) => {
      if (part.kind !== 'media') return part;
      files.set(part.sid, part);
      return { ...part, url: `${server.url}/${part.sid}` };
    });
  return {
    behind: (channel) => {
      const { name, idempotency, capabilities } = channel;
      return {
        name,
        idempotency,
        capabilities,
        owns: (address) => channel.owns(address),
        plan: (message) => {
          const complete = { ...message, parts: shelved(message.parts) };
          return channel.plan?.(complete) ?? planFor(capabilities, complete);
        },
        send: (request, signal) => channel.send({ ...request, parts: shelved(request.parts) }, signal),
        ...(channel.reconcile && { reconcile: channel.reconcile.bind(channel) }),
        start: () => channel.start?.(),
        stop: async () => channel.stop?.(),
      };
    },
    close: () => server.close(),
  };
}

/** Fetches the files of messages from outside, as the server does. */
export function startInboundFiles(rig: Rig, channel: Channel): Dispatcher {
  const { core, bus, library, clock } = rig;
  const context = { core, bus, clock, logger, account };
  const handler = new InboundFiles({ ...context, library, registry: new Registry(channel), groupTexting: false });
  const dispatcher = new Dispatcher({ ...context, kind: inboundWork, handler, concurrency: 8, leaseMs: 60_000 });
  dispatcher.start();
  return dispatcher;
}
