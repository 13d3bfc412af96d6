/** Two servers at one SMSC, with one database between them. */
import { ManualClock, type Smsc } from '@colloquy/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { InboundMessage, InboundStatus } from '../events.ts';
import { type Claims, openSenderHost, type TestSenderHost } from '../test-sender-host.ts';
import { SmppChannel } from './channel.ts';
import type { SmppConfig } from './config.ts';
import { bound, configFor, own, person, startSmsc } from './smpp-rig.ts';

let clock: ManualClock;
let smsc: Smsc;
let notes: Map<string, unknown>;
let claims: Claims;
let servers: { channel: SmppChannel; host: TestSenderHost }[];

beforeEach(() => {
  clock = new ManualClock();
  notes = new Map();
  claims = new Map();
  servers = [];
});
afterEach(async () => {
  for (const { channel } of servers) await channel.stop();
  await smsc.stop();
  for (const { host } of servers) await host.close();
});

async function open(
  config: Partial<SmppConfig> = {},
  connections = servers.length + 1,
): Promise<{ channel: SmppChannel; host: TestSenderHost }> {
  // What is nowhere known is so in the database, too.
  const ingest: TestSenderHost['ingest'] = async (events) =>
    events.map((event) =>
      event.type === 'status'
        ? { type: 'status', outcome: event.deliveryId === undefined ? 'unmatched' : 'changed' }
        : ({ type: event.type } as never),
    );
  const host = openSenderHost({ clock, addresses: [own], ingest, notes, claims });
  const channel = new SmppChannel(configFor(smsc, config), host, 'smpp');
  const server = { channel, host };
  servers.push(server);
  channel.start();
  await bound(smsc, connections);
  return server;
}

const long = 'A text that is too long for one piece. '.repeat(10).trim();
const write = (pieces: number[]) => smsc.write({ from: person, to: own, text: long, reference: 7, pieces });
const texts = ({ host }: { host: TestSenderHost }) =>
  host.events
    .filter((event): event is InboundMessage => event.type === 'message')
    .flatMap(({ parts }) => parts.map((part) => (part.kind === 'text' ? part.text : '')));
const binds = () =>
  smsc.journal.entries.flatMap((entry) =>
    entry.type === 'in' && entry.pdu.command.startsWith('bind_') ? [entry.pdu.command] : [],
  );

function send({ channel }: { channel: SmppChannel }, deliveryId: string, attempt = 1) {
  const parts = [{ kind: 'text' as const, text: 'hello' }];
  const message = { deliveryId, sender: own, recipient: person, parts, conversation: 'CH', attempt };
  const request = { ...message, data: { alphabet: 'default' }, piece: 0, pieces: 1 };
  return channel.send(request as never, new AbortController().signal);
}

/** One of two pieces of a long text. */
function sendPiece({ channel }: { channel: SmppChannel }, text: string, piece: number) {
  const parts = [{ kind: 'text' as const, text: 'x'.repeat(150) }];
  const message = { deliveryId: `${text}-${piece}-2`, sender: own, recipient: person, parts, conversation: 'CH' };
  const request = { ...message, attempt: 1, data: { alphabet: 'default' }, piece, pieces: 2 };
  return channel.send(request as never, new AbortController().signal);
}

it('all of them send, and what comes in comes to one, however it binds', async () => {
  smsc = await startSmsc(clock);
  const [first, second] = [await open({ mode: 'pair' }, 2), await open({ mode: 'pair' }, 3)];
  expect(binds().toSorted()).toEqual(['bind_receiver', 'bind_transmitter', 'bind_transmitter']);
  expect(await write([1, 2, 3])).toEqual([0, 0, 0]);
  expect([texts(first), texts(second)]).toEqual([[long], []]);
  expect([first.channel.health(), second.channel.health()]).toEqual([{ state: 'up' }, { state: 'up' }]);
  for (const server of [first, second]) expect(await send(server, 'DY1')).toMatchObject({ outcome: 'accepted' });
});

it('a text of which half had come when its server stopped is put together by the next', async () => {
  smsc = await startSmsc(clock);
  const [first, second] = [await open(), await open()];
  expect(await write([3, 1])).toEqual([0, 0]);
  await first.channel.stop();
  clock.advance(15_000);
  while (binds().at(-1) !== 'bind_transceiver' || binds().length < 3) await new Promise((done) => setImmediate(done));
  await bound(smsc);
  expect(await write([2])).toEqual([0]);
  expect([texts(first), texts(second)]).toEqual([[], [long]]);
});

it('who loses touch with the database goes on as a transmitter', async () => {
  smsc = await startSmsc(clock);
  await open();
  const lose = claims.get('inbound');
  claims.set('inbound', () => {});
  lose?.();
  while (binds().length < 2) await new Promise((done) => setImmediate(done));
  expect(binds()).toEqual(['bind_transceiver', 'bind_transmitter']);
});

it('a receipt of what another server sent is understood, though its id is written in another way', async () => {
  smsc = await startSmsc(clock, { settings: { ids: 'decimal', receiptIds: 'hex' } as never });
  const [first, second] = [await open(), await open()];
  await send(second, 'DY1');
  await smsc.idle();
  await first.channel.idle();
  const reports = first.host.events.filter((event): event is InboundStatus => event.type === 'status');
  expect(reports).toMatchObject([{ deliveryId: 'DY1', status: 'delivered' }]);
});

it('long texts of several servers to one person have references of their own, also of one that starts meanwhile', async () => {
  smsc = await startSmsc(clock);
  const first = await open();
  await sendPiece(first, 'DY1', 0);
  const second = await open();
  await sendPiece(second, 'DY2', 0);
  await sendPiece(first, 'DY1', 1);
  await sendPiece(second, 'DY2', 1);
  for (const piece of [0, 1]) {
    await sendPiece(first, 'DY3', piece);
    await sendPiece(second, 'DY4', piece);
  }
  const references = smsc.taken.map(({ submit }) => submit.shortMessage[3] ?? Number.NaN);
  const [one, two, , , three, four] = references;
  expect(references).toEqual([one, two, one, two, three, four, three, four]);
  expect(new Set(references).size).toBe(4);
});

it('what another server has got accepted before it died is not sent again', async () => {
  smsc = await startSmsc(clock);
  const [first, second] = [await open(), await open()];
  const accepted = await send(first, 'DY1');
  expect(accepted).toMatchObject({ outcome: 'accepted' });
  expect(await send(second, 'DY1', 2)).toEqual(accepted);
  expect(smsc.taken).toHaveLength(1);
});
