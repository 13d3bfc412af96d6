import { encodeUcs2, statuses } from '@colloquy/smpp';
import type { InboundText, Smsc } from '@colloquy/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { turnsWhile } from '../../testing/turns.ts';
import type { InboundEvent, InboundMessage } from '../events.ts';
import { ingestFor } from '../ingest.ts';
import { openRig, type Rig } from '../test-rig.ts';
import type { TestSenderHost } from '../test-sender-host.ts';
import { SmppChannel } from './channel.ts';
import type { SmppConfig } from './config.ts';
import { bound, configFor, openHost, own, person, startSmsc } from './smpp-rig.ts';

let rig: Rig;
let smsc: Smsc;
let notes: Map<string, unknown>;
let hosts: TestSenderHost[];
let events: InboundEvent[];
let channel: SmppChannel;
let conversation: string;
/** What is done before events are taken in. */
let before: () => Promise<void>;

beforeEach(async () => {
  rig = await openRig();
  smsc = await startSmsc(rig.clock);
  notes = new Map();
  hosts = [];
  events = [];
  before = async () => {};
  conversation = await rig.converse({ address: person, proxyAddress: own });
});
afterEach(async () => {
  await channel.stop();
  await smsc.stop();
  for (const host of hosts) await host.close();
  await rig.close();
});

async function open(config: Partial<SmppConfig> = {}): Promise<void> {
  const ingest = ingestFor(rig, 'smpp');
  const host = {
    clock: rig.clock,
    ingest: async (taken: readonly InboundEvent[]) => {
      await before();
      events.push(...taken);
      return ingest(taken);
    },
  };
  hosts.push(openHost(host, notes));
  channel = new SmppChannel(configFor(smsc, config), hosts.at(-1) as TestSenderHost, 'smpp');
  channel.start();
  await bound(smsc, config.binds);
}

const write = (text: string, more: Partial<InboundText> = {}) => smsc.write({ from: person, to: own, text, ...more });
const bodies = async () => (await rig.messages(conversation)).map(({ body }) => body);
const messages = () => events.filter((event): event is InboundMessage => event.type === 'message');
/** The next connection, when the clock has come to it. */
async function reconnect(): Promise<void> {
  rig.clock.advance(1000);
  await bound(smsc);
}
async function cut(): Promise<void> {
  const closed = smsc.journal.next((entry) => entry.type === 'closed');
  smsc.cut();
  await closed;
  await turnsWhile(() => channel.health().state === 'up');
}

it('takes texts in, in every alphabet and every way in which long ones are cut', async () => {
  await open();
  const long = 'Привет, как дела? 👋 '.repeat(10).trim();
  const texts: [string, Partial<InboundText>][] = [
    ['plain', {}],
    ['{[€]}', {}],
    ['Привет 👋', {}],
    ['façade', { alphabet: 'latin1' }],
    [long, {}],
    [long, { concatenation: 'udh16', reference: 4711 }],
    [long, { concatenation: 'sar' }],
    [long, { concatenation: 'payload' }],
    [long, { pieces: [4, 2, 1, 3] }],
  ];
  for (const [text, more] of texts) {
    for (const status of await write(text, more)) expect(status).toBe(0);
    await channel.idle();
    expect((await bodies()).at(-1)).toBe(text);
  }
  expect(await bodies()).toHaveLength(texts.length);
  expect([...notes.keys()].filter((name) => name.startsWith('part/'))).toEqual([]);
});

it('takes packed texts in', async () => {
  await open({ defaultAlphabet: 'gsm-packed' });
  await write('packed {€} '.repeat(20).trim(), { alphabet: 'gsm-packed' });
  expect(await bodies()).toEqual(['packed {€} '.repeat(20).trim()]);
});

it('reads a character that two pieces share', async () => {
  await open();
  const text = encodeUcs2('a👋b');
  const piece = (sequence: number, octets: Uint8Array) => ({
    source: { ton: 1, npi: 1, address: person.slice(1) },
    destination: { ton: 1, npi: 1, address: own.slice(1) },
    esmClass: 0x40,
    dataCoding: 8,
    shortMessage: Buffer.concat([Buffer.of(5, 0, 3, 9, 2, sequence), octets]),
  });
  await Promise.all([smsc.deliver(piece(1, text.subarray(0, 4))), smsc.deliver(piece(2, text.subarray(4)))]);
  expect(await bodies()).toEqual(['a👋b']);
});

it('says that something came which is no text', async () => {
  await open();
  const source = { ton: 1, npi: 1, address: person.slice(1) };
  const destination = { ton: 1, npi: 1, address: own.slice(1) };
  await smsc.deliver({ source, destination, dataCoding: 4, shortMessage: Buffer.of(1, 2, 3) });
  expect(await bodies()).toEqual(['[A message of 3 bytes that is no text]']);
});

it('knows whole numbers whatever they say they are, and leaves short numbers and letters as they are', async () => {
  await open();
  const from = async (ton: number, address: string) => {
    const to = { ton: 0, npi: 0, address: own.slice(1) };
    await smsc.deliver({ source: { ton, npi: 0, address }, destination: to, shortMessage: Buffer.from('hi') });
    return messages().at(-1);
  };
  expect(await from(0, '447700900123')).toMatchObject({ sender: person, recipient: own });
  expect(await from(3, '12345')).toMatchObject({ sender: '12345' });
  expect(await from(5, 'BRAND')).toMatchObject({ sender: 'BRAND' });
});

describe('pieces', () => {
  const long = 'x'.repeat(153) + 'y'.repeat(153) + 'z'.repeat(20);

  it('of two people with the same reference are not mixed', async () => {
    const other = '+447700900124';
    const theirs = await rig.converse({ address: other, proxyAddress: own });
    await open();
    await write(long, { reference: 7, pieces: [1, 3] });
    await write(long.toUpperCase(), { from: other, reference: 7, pieces: [2, 1, 3] });
    await write(long, { reference: 7, pieces: [2] });
    expect(await bodies()).toEqual([long]);
    expect((await rig.messages(theirs)).map(({ body }) => body)).toEqual([long.toUpperCase()]);
  });

  it('are waited for five minutes; then what there is counts, and says so', async () => {
    await open();
    await write(long, { pieces: [1, 3] });
    rig.clock.advance(5 * 60_000 - 1);
    await channel.idle();
    expect(await bodies()).toEqual([]);
    rig.clock.advance(1);
    await channel.idle();
    expect(await bodies()).toEqual([`${'x'.repeat(153)} […] ${'z'.repeat(20)}`]);
    const [message] = await rig.messages(conversation);
    expect(JSON.parse(message?.attributes ?? '')).toEqual({ channel: { incomplete: true, missing: [2] } });
  });

  it('are kept over a restart', async () => {
    await open();
    await write(long, { reference: 7, pieces: [3, 1] });
    await channel.stop();
    await open();
    await write(long, { reference: 7, pieces: [2] });
    expect(await bodies()).toEqual([long]);
  });

  it('that were complete when the process ended are put together by the next one', async () => {
    await open();
    before = () => Promise.reject(new Error('The disk is full.'));
    const told = write(long, { reference: 7 });
    await smsc.idle();
    await channel.stop();
    expect(await bodies()).toEqual([]);
    before = async () => {};
    await open();
    await channel.idle();
    rig.clock.advance(1000);
    expect(await told).toEqual([0, 0, 0]);
    await channel.idle();
    expect(await bodies()).toEqual([long]);
  });

  it('of another text with the same reference end the wait for the first one', async () => {
    await open();
    await write(long, { reference: 7, pieces: [1, 3] });
    await write(long.toUpperCase(), { reference: 7 });
    expect(await bodies()).toEqual([`${'x'.repeat(153)} […] ${'z'.repeat(20)}`, long.toUpperCase()]);
  });
});

describe('a text that is delivered again', () => {
  it('since the line was cut before the answer arrived is one text', async () => {
    await open();
    const [arrived, cutOff] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    before = () => {
      arrived.resolve();
      return cutOff.promise;
    };
    const told = write('hello');
    await arrived.promise;
    await cut();
    cutOff.resolve();
    await channel.idle();
    expect(await bodies()).toEqual(['hello']);
    await reconnect();
    expect(await told).toEqual([0]);
    expect(await bodies()).toEqual(['hello']);
    // What somebody writes twice is two texts.
    await write('hello');
    await write('hello');
    expect(await bodies()).toEqual(['hello', 'hello', 'hello']);
  });

  it('since the SMSC had no patience is one text', async () => {
    await open();
    const [arrived, stored] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    before = () => {
      arrived.resolve();
      return stored.promise;
    };
    const told = write('hello');
    await arrived.promise;
    // The time for the answer is over; after a second it tries again, by the same connection.
    rig.clock.advance(30_000);
    await new Promise((resolve) => setImmediate(resolve));
    rig.clock.advance(1000);
    stored.resolve();
    expect(await told).toEqual([0]);
    await channel.idle();
    expect(await bodies()).toEqual(['hello']);
  });

  it('to the next process is one text, too', async () => {
    await open();
    await write('hello');
    await channel.stop();
    await open();
    // The SMSC has not got the answer: it was taken in a moment ago by a process that is gone.
    await write('hello');
    expect(await bodies()).toEqual(['hello']);
    rig.clock.advance(20_000);
    await smsc.idle();
    await write('hello');
    expect(await bodies()).toEqual(['hello', 'hello']);
  });

  it('since it could not be taken in is taken in then', async () => {
    await open();
    before = () => Promise.reject(new Error('The disk is full.'));
    const told = write('hello');
    await smsc.idle();
    before = async () => {};
    rig.clock.advance(1000);
    expect(await told).toEqual([0]);
    expect(await bodies()).toEqual(['hello']);
  });
});

it('keeps the order of what one person writes, and asks the SMSC to wait when it is too much', async () => {
  await open();
  const texts = Array.from({ length: 40 }, (_, at) => `text ${at}`);
  await Promise.all(texts.map((text) => write(text)));
  expect(await bodies()).toEqual(texts);
});

describe('a wish', () => {
  const consents = () => events.flatMap((event) => (event.type === 'consent' ? [event.state] : []));

  it('to get no more messages, or messages again, is one when the text is nothing else', async () => {
    await open({ stopWords: ['ARRET'] });
    for (const text of [' stop ', 'Please stop', 'StopAll', 'arret', 'START', 'yes']) await write(text);
    expect(consents()).toEqual(['stop', 'stop', 'stop', 'start', 'start']);
    expect(await bodies()).toEqual([' stop ', 'Please stop', 'StopAll', 'arret', 'START', 'yes']);
    const kinds = events.slice(0, 2).map(({ type }) => type);
    expect(kinds).toEqual(['consent', 'message']);
  });

  it('to know what this is gets an answer, where there is one', async () => {
    await open({ helpText: 'Texts of the shop. STOP ends them.' });
    const answered = smsc.journal.next((entry) => entry.type === 'in' && entry.pdu.command === 'submit_sm');
    await write('help');
    await answered;
    await smsc.idle();
    expect(smsc.handsets.shown(person)).toMatchObject([{ text: 'Texts of the shop. STOP ends them.' }]);
    expect(await bodies()).toEqual(['help']);
  });
});

it('answers a text that no bind can be made of with the protocol, and goes on', async () => {
  await open();
  smsc.raw(Buffer.from('00000014000000050000000000000063deadbeef', 'hex'));
  expect(
    await smsc.journal.next((entry) => entry.type === 'in' && entry.pdu.command === 'deliver_sm_resp'),
  ).toMatchObject({ pdu: { sequence: 0x63, status: statuses.ESME_RINVCMDLEN } });
  expect(await write('hello')).toEqual([0]);
  expect(await bodies()).toEqual(['hello']);
});
