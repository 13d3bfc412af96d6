import { statuses, tags, tlvInteger } from '@colloquy/smpp';
import type { Settings, Smsc } from '@colloquy/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Dispatcher } from '../../delivery/outbox.ts';
import { ingestFor } from '../ingest.ts';
import { openRig, type Rig, startDeliveries } from '../test-rig.ts';
import type { TestSenderHost } from '../test-sender-host.ts';
import { SmppChannel } from './channel.ts';
import type { SmppConfig } from './config.ts';
import { bound, configFor, openHost, own, person, startSmsc } from './smpp-rig.ts';

let rig: Rig;
let smsc: Smsc;
let notes: Map<string, unknown>;
let hosts: TestSenderHost[];
let channel: SmppChannel;
let dispatcher: Dispatcher;
let conversation: string;

beforeEach(async () => {
  rig = await openRig();
  notes = new Map();
  hosts = [];
});
afterEach(async () => {
  await dispatcher.stop();
  await channel.stop();
  await smsc.stop();
  for (const host of hosts) await host.close();
  await rig.close();
});

async function open(config: Partial<SmppConfig> = {}, settings: Partial<Settings> = {}): Promise<void> {
  smsc = await startSmsc(rig.clock, { settings });
  conversation = await rig.converse({ address: person, proxyAddress: own });
  await startChannel(config);
}

function hostOf(): TestSenderHost {
  const host = openHost({ ingest: ingestFor(rig, 'smpp'), clock: rig.clock }, notes);
  hosts.push(host);
  return host;
}

async function startChannel(config: Partial<SmppConfig> = {}): Promise<void> {
  channel = new SmppChannel(configFor(smsc, config), hostOf(), 'smpp');
  channel.start();
  await bound(smsc, (config.binds ?? 1) * (config.mode === 'pair' ? 2 : 1));
  dispatcher = startDeliveries(rig, channel, () => 0.5);
}

async function settle(): Promise<void> {
  await dispatcher.idle();
  await smsc.idle();
  await channel.idle();
}
/** Moves the clock from one appointment to the next until nothing is to be sent any more. */
async function sent(): Promise<void> {
  for (let step = 0; step < 1000; step += 1) {
    await settle();
    if ((await rig.outbox()).every((row) => row.state === 'dead')) return;
    rig.clock.advanceToNext();
  }
  throw new Error('It was not sent.');
}
const say = (text: string) => rig.say(conversation, text);
const arrived = () => smsc.handsets.shown(person).map(({ text }) => text);
const status = async (message: { sid: string }) => {
  const [receipt] = await rig.receipts(message);
  return receipt && [receipt.status, receipt.error_code];
};
const submits = () => smsc.taken.map(({ submit }) => submit);

describe('a text', () => {
  it('asks for a receipt, is valid for a day, and has numbers without a plus', async () => {
    await open();
    await say('Hello {5 €}');
    await sent();
    expect(arrived()).toEqual(['Hello {5 €}']);
    expect(submits()).toMatchObject([
      {
        source: { ton: 1, npi: 1, address: '12025550100' },
        destination: { ton: 1, npi: 1, address: '447700900123' },
        registeredDelivery: 1,
        validityPeriod: '000001000000000R',
        dataCoding: 0,
        esmClass: 0,
      },
    ]);
  });

  it.each<[string, Partial<SmppConfig>, Partial<Settings>, number]>([
    ['GSM', {}, {}, 0],
    ['packed GSM', { defaultAlphabet: 'gsm-packed' }, { defaultAlphabet: 'gsm-packed' }, 0],
    ['Latin-1', { latin1: true }, {}, 3],
  ])('goes in the alphabet of the carrier: %s', async (_, config, settings, dataCoding) => {
    await open(config, settings);
    const text = dataCoding === 3 ? 'façade' : 'Grüße';
    await say(text);
    await sent();
    expect(arrived()).toEqual([text]);
    expect(submits()[0]?.dataCoding).toBe(dataCoding);
  });

  it('that is long goes in segments with one reference, which counts up from one text to the next', async () => {
    await open();
    const texts = ['Привет 👋 '.repeat(30), 'plain '.repeat(60)];
    const messages = [await say(texts[0] ?? ''), await say(texts[1] ?? '')];
    await sent();
    expect(arrived()).toEqual(texts.map((text) => text));
    const first = submits()[0]?.shortMessage[3] ?? Number.NaN;
    expect(submits().map(({ shortMessage }) => [...shortMessage.subarray(0, 6)])).toEqual([
      ...[1, 2, 3, 4, 5].map((sequence) => [5, 0, 3, first, 5, sequence]),
      ...[1, 2, 3].map((sequence) => [5, 0, 3, (first + 1) % 256, 3, sequence]),
    ]);
    for (const message of messages) expect(await status(message)).toEqual(['delivered', 0]);
  });

  it('keeps its reference when a segment is tried again by another process', async () => {
    await open();
    smsc.faults.add({ action: { type: 'refuse', status: statuses.ESME_RSYSERR }, destination: /nobody/ });
    await say('x'.repeat(200));
    await sent();
    smsc.faults.clear();
    await say('y'.repeat(400));
    smsc.faults.add({ action: { type: 'late', ms: 0 }, count: 1 });
    smsc.faults.add({ action: { type: 'refuse', status: statuses.ESME_RSYSERR }, count: 1 });
    await settle();
    await dispatcher.stop();
    await channel.stop();
    expect(notes.size).toBeGreaterThan(0);
    await startChannel();
    await sent();
    const references = submits().map(({ shortMessage }) => shortMessage[3] ?? Number.NaN);
    const [first = Number.NaN] = references;
    const second = (first + 1) % 256;
    expect(references).toEqual([first, first, second, second, second]);
    expect(arrived().at(-1)).toBe('y'.repeat(400));
  });

  it('is written with what the alphabet has, where that is wanted', async () => {
    await open({ smartEncoding: true });
    await say('“It’s – well…”');
    await sent();
    expect(arrived()).toEqual(['"It\'s - well..."']);
  });

  it.each(['udh16', 'sar', 'payload'] as const)('that is long goes by %s where the carrier wants that', async (way) => {
    await open({ concatenation: way });
    await say('long '.repeat(100));
    await sent();
    expect(arrived()).toEqual(['long '.repeat(100)]);
    expect(submits()).toHaveLength(way === 'payload' ? 1 : 4);
  });
});

describe('a receipt', () => {
  it('is understood in every form, from every bind, at any time', async () => {
    await open({ binds: 2 });
    const forms: Partial<Settings['receipts']>[] = [
      { in: 'text' },
      { in: 'tlvs' },
      { in: 'text', order: 'shuffled' },
      { in: 'text', order: 'capitals' },
      { in: 'text', alphabet: 'ucs2' },
      { in: 'text', alphabet: 'ascii-as-ucs2' },
      { after: 'before' },
      { on: 'other' },
      { copies: 2 },
    ];
    const usual = smsc.settings.receipts;
    for (const form of forms) {
      smsc.settings.receipts = { ...usual, ...form };
      const message = await say('hello');
      await sent();
      await settle();
      expect([form, await status(message)]).toEqual([form, ['delivered', 0]]);
    }
  });

  it.each([
    ['decimal', 'hex'],
    ['decimal', 'padded'],
    ['decimal', 'upper-hex'],
    ['hex', 'decimal'],
    ['upper-hex', 'hex'],
    ['upper-hex', 'padded'],
    ['uuid', 'uuid'],
  ] as const)('is found though the answer had its id as %s and it has it as %s', async (ids, receiptIds) => {
    await open({}, { ids, receiptIds });
    const messages = [await say('one'), await say('two')];
    await sent();
    await settle();
    for (const message of messages) expect(await status(message)).toEqual(['delivered', 0]);
  });

  it('says which of the messages it is about where the SMSC calls all of them the same', async () => {
    await open({}, { ids: 'constant', receiptIds: 'constant', fate: () => null });
    const messages = [await say('one'), await say('two'), await say('three')];
    await sent();
    for (const [at, taken] of smsc.taken.entries())
      await smsc.report(taken, { state: at === 1 ? 'UNDELIV' : 'DELIVRD' });
    await settle();
    expect(await Promise.all(messages.map(status))).toEqual([
      ['delivered', 0],
      ['undelivered', 30003],
      ['delivered', 0],
    ]);
  });

  it('is found after a restart, in the form that was seen before', async () => {
    await open({}, { ids: 'hex', receiptIds: 'decimal' });
    await say('one');
    await sent();
    await settle();
    smsc.settings.fate = () => null;
    const message = await say('two');
    await sent();
    // Long ago: nothing is noted of it any more.
    for (const name of notes.keys()) if (name.startsWith('sent/')) notes.delete(name);
    await dispatcher.stop();
    await channel.stop();
    await startChannel();
    const [, second] = smsc.taken;
    if (second) await smsc.report(second, {});
    await settle();
    expect(await status(message)).toEqual(['delivered', 0]);
  });

  it('says what became of the message in the words of the contract', async () => {
    await open();
    const expected = [
      ['UNDELIV', ['undelivered', 30003]],
      ['EXPIRED', ['undelivered', 30036]],
      ['DELETED', ['undelivered', 30003]],
      ['REJECTD', ['failed', 30008]],
      ['ENROUTE', ['sent', 0]],
      ['UNKNOWN', ['sent', 0]],
      ['ACCEPTD', ['sent', 0]],
    ] as const;
    for (const [state, shown] of expected) {
      smsc.settings.fate = () => ({ state, error: '011' });
      const message = await say('hello');
      await sent();
      await settle();
      expect([state, await status(message)]).toEqual([state, shown]);
    }
  });

  it('about nothing that is known is answered nevertheless', async () => {
    await open();
    const receipt = {
      esmClass: 4,
      shortMessage: Buffer.from('id:4711 stat:DELIVRD'),
      source: { ton: 1, npi: 1, address: '1' },
    };
    expect(await smsc.deliver(receipt)).toBe(0);
  });
});

describe('a message without an answer', () => {
  /** Waits until the SMSC has it; nothing is idle before the time for the answer is over. */
  const lose = async (type: 'answer-lost' | 'ignored') => {
    smsc.faults.add({ action: { type }, count: 1 });
    const seen = smsc.journal.next((entry) => entry.type === 'in' && entry.pdu.command === 'submit_sm');
    const message = await say('hello');
    await seen;
    await smsc.idle();
    await channel.idle();
    rig.clock.advance(15_000);
    return message;
  };

  it('is not sent again when a receipt shows that it arrived', async () => {
    await open();
    const message = await lose('answer-lost');
    const next = await say('next');
    await sent();
    expect(arrived()).toEqual(['hello', 'next']);
    expect(await status(message)).toEqual(['delivered', 0]);
    expect(await status(next)).toEqual(['delivered', 0]);
  });

  it('is sent again after a minute when nothing is heard of it', async () => {
    await open();
    const start = rig.clock.now();
    const message = await lose('ignored');
    await sent();
    expect(arrived()).toEqual(['hello']);
    expect(rig.clock.now() - start).toBeGreaterThanOrEqual(75_000);
    expect(await status(message)).toEqual(['delivered', 0]);
  });

  it('is not taken for arrived because of a receipt of another', async () => {
    await open({}, { fate: () => null });
    const former = await say('former');
    await sent();
    const message = await lose('ignored');
    const [taken] = smsc.taken;
    const stray = { receiptId: 'of an attempt long ago', at: rig.clock.now() - 67 * 60_000 };
    if (taken) await smsc.report({ ...taken, ...stray }, {});
    await sent();
    expect(arrived()).toEqual(['former', 'hello']);
    expect([await status(former), await status(message)]).toEqual([
      ['sent', 0],
      ['sent', 0],
    ]);
  });

  it('is recognised by our reference though others wait, too', async () => {
    await open({ userMessageReference: true }, { fate: () => null });
    const message = await lose('answer-lost');
    const [taken] = smsc.taken;
    expect(tlvInteger(taken?.submit.tlvs ?? new Map(), tags.userMessageReference)).toBe(1);
    if (taken) await smsc.report({ ...taken, receiptId: 'another' }, {});
    await sent();
    expect(arrived()).toEqual(['hello']);
    expect(await status(message)).toEqual(['delivered', 0]);
  });

  it('counts as sent when the answer comes late', async () => {
    await open({}, { fate: () => null });
    smsc.faults.add({ action: { type: 'late', ms: 20_000 }, count: 1 });
    const seen = smsc.journal.next((entry) => entry.type === 'in' && entry.pdu.command === 'submit_sm');
    const message = await say('hello');
    await seen;
    rig.clock.advance(15_000);
    await settle();
    rig.clock.advance(5000);
    await sent();
    expect(arrived()).toEqual(['hello']);
    expect(await status(message)).toEqual(['sent', 0]);
    if (smsc.taken[0]) await smsc.report(smsc.taken[0], {});
    await settle();
    expect(await status(message)).toEqual(['delivered', 0]);
  });

  it('is not sent again by another process when the answer was there before the first one ended', async () => {
    await open({}, { fate: () => null });
    const request = {
      ...{ conversation, message: 'IM1', sender: own, recipient: person, author: '', subject: null, rich: null },
      ...{ replyTo: null, reaction: null, lastReceived: null, deliveryId: 'DY1', attempt: 1, piece: 0, pieces: 1 },
      parts: [{ kind: 'text', text: 'hello' }],
      data: { alphabet: 'default' },
    } as const;
    const { signal } = new AbortController();
    const accepted = { outcome: 'accepted', providerId: '100001', status: 'sent' };
    expect(await channel.send(request, signal)).toEqual(accepted);
    await dispatcher.stop();
    await channel.stop();
    await startChannel();
    expect(await channel.send({ ...request, attempt: 2 }, signal)).toEqual(accepted);
    expect(arrived()).toEqual(['hello']);
  });
});

describe('a bind', () => {
  it('that is refused pauses the sender, and nothing is lost', async () => {
    smsc = await startSmsc(rig.clock);
    conversation = await rig.converse({ address: person, proxyAddress: own });
    const config = configFor(smsc, { password: 'wrong' });
    channel = new SmppChannel(config, hostOf(), 'smpp');
    const refused = smsc.journal.next((entry) => entry.type === 'closed');
    channel.start();
    await refused;
    dispatcher = startDeliveries(rig, channel, () => 0.5);
    const message = await say('hello');
    await dispatcher.idle();
    expect(channel.health()).toMatchObject({ state: 'down', reason: expect.stringContaining('ESME_RINVPASWD') });
    expect(await rig.outbox()).toMatchObject([{ state: 'pending', attempt: 0 }]);
    if (smsc.accounts[0]) smsc.accounts[0].password = 'wrong';
    const again = bound(smsc);
    rig.clock.advance(5 * 60_000);
    await again;
    await sent();
    expect(channel.health()).toEqual({ state: 'up' });
    expect(await status(message)).toEqual(['delivered', 0]);
  });

  it('that breaks is made again, and what could not be sent meanwhile is', async () => {
    await open({ mode: 'pair' });
    const closed = smsc.journal.next((entry) => entry.type === 'closed');
    smsc.cut();
    await closed;
    const message = await say('hello');
    await sent();
    expect(await status(message)).toEqual(['delivered', 0]);
  });

  it('shows what an operator has to mend', async () => {
    await open();
    smsc.faults.add({ action: { type: 'refuse', status: statuses.ESME_RINVSRCADR }, count: 1 });
    const message = await say('hello');
    await sent();
    expect(await status(message)).toEqual(['failed', 21212]);
    expect(channel.health()).toMatchObject({ state: 'degraded', reason: expect.stringContaining('ESME_RINVSRCADR') });
  });
});
