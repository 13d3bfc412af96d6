import { connect } from 'node:net';
import {
  type Body,
  decodeText,
  decodeUcs2,
  encodedText,
  encodeUcs2,
  fillBitsAfter,
  isReceipt,
  type Pdu,
  parseReceipt,
  placeOf,
  Session,
  statuses,
  tags,
  userData,
} from '@colloquy/smpp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../manual-clock.ts';
import type { InboundText } from './inbound.ts';
import type { Settings } from './settings.ts';
import { Smsc, type SmscOptions } from './smsc.ts';

const message = {
  source: { ton: 1, npi: 1, address: '12025550100' },
  destination: { ton: 1, npi: 1, address: '447700900123' },
  registeredDelivery: 1,
  shortMessage: Buffer.from('hello'),
};

let clock: ManualClock;
let smsc: Smsc;
let sessions: Session[];
/** What came, by which session, and the statuses that the next ones are answered with. */
let came: { pdu: Pdu; by: Session }[];
let answers: number[];

beforeEach(() => {
  clock = new ManualClock();
  sessions = [];
  came = [];
  answers = [];
});
afterEach(async () => {
  for (const session of sessions) session.destroy('over');
  await smsc.stop();
});

async function open(settings: Partial<Settings> = {}, options: SmscOptions = {}): Promise<void> {
  smsc = new Smsc({ clock, settings, ...options });
  await smsc.start();
}

function dial(): Session {
  const session = new Session(connect(smsc.port, '127.0.0.1').setNoDelay(true), {
    clock,
    onRequest: (pdu) => {
      came.push({ pdu, by: session });
      if (pdu.command === 'deliver_sm') session.answer(pdu, {}, answers.shift());
    },
    onClose: () => {},
  });
  sessions.push(session);
  return session;
}

const bind = (session: Session, given: Partial<Body<'bind_transceiver'>> = {}) =>
  session.request('bind_transceiver', { systemId: 'conv', password: 'secret1', ...given });
async function bound(): Promise<Session> {
  const session = dial();
  await bind(session);
  return session;
}
/** An answer behind which everything has come that was sent before it. */
const settled = (session: Session) => session.request('enquire_link', {});

describe('a bind', () => {
  it('is refused with a wrong name, a wrong password, and over the limit; then the connection ends', async () => {
    await open({ tooManyBinds: 0x05 }, { accounts: [{ maxBinds: 1 }] });
    expect((await bind(dial(), { systemId: 'nobody' })).status).toBe(0x0f);
    const closed = smsc.journal.next((entry) => entry.type === 'closed');
    expect((await bind(dial(), { password: 'guess' })).status).toBe(0x0e);
    await closed;
    const first = await bound();
    expect((await bind(dial())).status).toBe(0x05);
    expect((await bind(first)).status).toBe(statuses.ESME_RALYBND);
    await first.unbind();
    expect((await bind(dial())).status).toBe(0);
    expect(smsc.binds).toBe(1);
  });

  it('has to come within ten seconds, and before anything else', async () => {
    await open();
    const session = dial();
    expect((await session.request('submit_sm', message)).status).toBe(statuses.ESME_RINVBNDSTS);
    expect((await session.request('query_sm', {})).status).toBe(statuses.ESME_RINVBNDSTS);
    const closed = smsc.journal.next((entry) => entry.type === 'closed');
    clock.advance(10_000);
    expect(await closed).toMatchObject({ reason: 'There was no bind.' });
  });

  it('to receive does not send, and one to send does not receive', async () => {
    await open();
    const [receiver, transmitter] = [dial(), dial()];
    await transmitter.request('bind_transmitter', { systemId: 'conv', password: 'secret1' });
    const told = smsc.write({ from: '+447700900123', to: '+12025550100', text: 'hi' });
    await settled(transmitter);
    expect(came).toEqual([]);
    await receiver.request('bind_receiver', { systemId: 'conv', password: 'secret1' });
    expect(await told).toEqual([0]);
    expect((await receiver.request('submit_sm', message)).status).toBe(statuses.ESME_RINVBNDSTS);
    expect((await transmitter.request('submit_sm', message)).status).toBe(0);
  });
});

describe('a message', () => {
  it.each<[string, Partial<Body<'submit_sm'>>, number]>([
    ['to nobody', { destination: { ton: 1, npi: 1, address: '' } }, statuses.ESME_RINVDSTADR],
    ['to a number with a plus', { destination: { ton: 1, npi: 1, address: '+447700900123' } }, 0x0b],
    ['to a number that ends in 000', { destination: { ton: 1, npi: 1, address: '447700900000' } }, 0x0b],
    ['from letters that say they are a number', { source: { ton: 1, npi: 1, address: 'BRAND' } }, 0x0a],
    ['from more letters than there may be', { source: { ton: 5, npi: 0, address: 'BRANDNAMES12' } }, 0x0a],
    ['of a type that there is not', { source: { ton: 9, npi: 1, address: '12025550100' } }, 0x48],
    ['that is a receipt', { esmClass: 0x04 }, statuses.ESME_RINVESMCLASS],
    ['with a header that it does not have', { esmClass: 0x40, shortMessage: Buffer.of(99, 1) }, 0x43],
    ['of 161 characters', { shortMessage: Buffer.alloc(161, 0x61) }, statuses.ESME_RINVMSGLEN],
    ['of 71 wide characters', { dataCoding: 8, shortMessage: Buffer.alloc(142) }, statuses.ESME_RINVMSGLEN],
    ['with a time that is none', { validityPeriod: 'tomorrow' }, statuses.ESME_RINVEXPIRY],
    ['for a time that is none', { scheduleDeliveryTime: '1' }, statuses.ESME_RINVSCHED],
    ['with two texts', { tlvs: new Map([[tags.messagePayload, Buffer.from('x')]]) }, 0xc4],
  ])('%s is refused', async (_, given, status) => {
    await open();
    const session = await bound();
    expect((await session.request('submit_sm', { ...message, ...given })).status).toBe(status);
    expect(smsc.taken).toEqual([]);
  });

  it.each<[string, Partial<Body<'submit_sm'>>]>([
    ['of 160 characters', { shortMessage: Buffer.alloc(160, 0x61) }],
    ['of 70 wide characters', { dataCoding: 8, shortMessage: Buffer.alloc(140) }],
    ['from letters', { source: { ton: 5, npi: 0, address: 'BRAND' } }],
    ['in store-and-forward mode', { esmClass: 3 }],
    ['valid for a day', { validityPeriod: '000001000000000R' }],
  ])('%s is taken', async (_, given) => {
    await open();
    const session = await bound();
    expect((await session.request('submit_sm', { ...message, ...given })).status).toBe(0);
  });

  it('too many without an answer, or in a second, is throttled', async () => {
    await open({ latencyMs: 50 }, { accounts: [{ window: 2, perSecond: 4 }] });
    const session = await bound();
    const submit = () => session.request('submit_sm', message);
    const first = [submit(), submit(), submit()];
    expect((await first[2])?.status).toBe(0x58);
    clock.advance(50);
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([0, 0, 0x58]);
    const second = [submit(), submit()];
    await settled(session);
    clock.advance(50);
    await Promise.all(second);
    expect((await submit()).status).toBe(0x58);
    clock.advance(1000);
    const last = submit();
    await settled(session);
    clock.advance(50);
    expect((await last).status).toBe(0);
  });

  it.each([
    ['decimal', '100001'],
    ['hex', '186a1'],
    ['upper-hex', '000186A1'],
    ['padded', '0000100001'],
    ['constant', 'msg_id_not_implemented'],
    ['uuid', expect.stringMatching(/^[0-9a-f-]{36}$/)],
  ] as const)('has an id: %s', async (ids, id) => {
    await open({ ids });
    expect(await (await bound()).request('submit_sm', message)).toMatchObject({ messageId: id });
  });

  it('is shown by the phone, joined, when all of its pieces came', async () => {
    await open();
    const session = await bound();
    for (const [sequence, text] of [
      [2, 'world'],
      [1, 'hello '],
    ] as const) {
      const shortMessage = Buffer.concat([Buffer.of(5, 0, 3, 7, 2, sequence), Buffer.from(text)]);
      await session.request('submit_sm', { ...message, esmClass: 0x40, shortMessage });
    }
    expect(smsc.handsets.shown('447700900123')).toEqual([
      { from: '12025550100', text: 'hello world', ids: ['100002', '100001'] },
    ]);
  });
});

describe('a receipt', () => {
  const receipts = () =>
    came.flatMap(({ pdu }) =>
      pdu.command === 'deliver_sm' && isReceipt(pdu) ? [parseReceipt(pdu, pdu.shortMessage)] : [],
    );

  it.each<[string, Partial<Settings['receipts']>]>([
    ['text', { in: 'text' }],
    ['parameters', { in: 'tlvs' }],
    ['both', { in: 'both' }],
    ['shuffled', { in: 'text', order: 'shuffled' }],
    ['capitals', { in: 'text', order: 'capitals' }],
    ['with seconds', { in: 'text', order: 'seconds' }],
    ['UCS-2', { in: 'text', alphabet: 'ucs2' }],
    ['UCS-2 that says it is ASCII', { in: 'text', alphabet: 'ucs2-as-ascii' }],
    ['ASCII that says it is UCS-2', { in: 'text', alphabet: 'ascii-as-ucs2' }],
  ])('comes as %s and can be read', async (_, form) => {
    await open();
    Object.assign(smsc.settings.receipts, form);
    const session = await bound();
    await session.request('submit_sm', message);
    await session.request('submit_sm', { ...message, destination: { ton: 1, npi: 1, address: '447700900001' } });
    await settled(session);
    expect(receipts()).toMatchObject([
      { messageId: '100001', state: 'DELIVRD', errorCode: undefined },
      { messageId: '100002', state: 'UNDELIV', errorCode: expect.stringMatching(/^0?11$/) },
    ]);
  });

  it('may come before the answer, by another bind, twice, later, or never', async () => {
    await open();
    const [one, two] = [await bound(), await bound()];
    smsc.settings.receipts = { ...smsc.settings.receipts, after: 'before', copies: 2 };
    const before = one.request('submit_sm', message);
    await before;
    expect(receipts()).toHaveLength(2);
    smsc.settings.receipts = { ...smsc.settings.receipts, after: 0, on: 'other', copies: 1 };
    await one.request('submit_sm', message);
    await settled(two);
    expect(came.at(-1)?.by).toBe(two);
    smsc.settings.receipts = { ...smsc.settings.receipts, after: 5000 };
    await one.request('submit_sm', message);
    await settled(two);
    expect(came).toHaveLength(3);
    clock.advance(5000);
    await settled(two);
    expect(came).toHaveLength(4);
    await one.request('submit_sm', { ...message, destination: { ton: 1, npi: 1, address: '447700900004' } });
    clock.advance(60_000);
    await settled(two);
    expect(came).toHaveLength(4);
  });

  it('comes when it was asked for: final, of failures only, with a note in between, or not', async () => {
    await open();
    smsc.settings.receipts.intermediate = true;
    const session = await bound();
    const states = async (registeredDelivery: number, address: string) => {
      came = [];
      await session.request('submit_sm', { ...message, registeredDelivery, destination: { ton: 1, npi: 1, address } });
      await settled(session);
      return receipts().map(({ state }) => state);
    };
    expect(await states(0, '447700900123')).toEqual([]);
    expect(await states(1, '447700900123')).toEqual(['DELIVRD']);
    expect(await states(2, '447700900123')).toEqual([]);
    expect(await states(2, '447700900002')).toEqual(['EXPIRED']);
    expect(await states(0x11, '447700900003')).toEqual(['ENROUTE', 'REJECTD']);
  });

  it('may be told by hand, and names the reference that the message had', async () => {
    await open({ receiptIds: 'hex' });
    const session = await bound();
    const tlvs = new Map([[tags.userMessageReference, Buffer.of(2, 3)]]);
    await session.request('submit_sm', { ...message, registeredDelivery: 0, tlvs });
    const [taken] = smsc.taken;
    if (!taken) throw new Error('Nothing was taken.');
    expect(await smsc.report(taken, { state: 'DELETED' })).toBe(0);
    expect(receipts()).toMatchObject([{ messageId: '186a1', state: 'DELETED', userMessageReference: 515 }]);
  });

  it('is kept until it is answered with a yes', async () => {
    await open();
    const session = await bound();
    answers = [statuses.ESME_RX_T_APPN];
    await session.request('submit_sm', message);
    await settled(session);
    expect(smsc.untold).toBe(1);
    clock.advance(1000);
    await settled(session);
    await settled(session);
    expect(smsc.untold).toBe(0);
    expect(receipts()).toHaveLength(2);
  });
});

describe('a text of a person', () => {
  const long = 'Привет, как дела? 👋 '.repeat(10);
  const write = async (inbound: Partial<InboundText>) => {
    await open();
    const session = await bound();
    const text = { from: '+447700900123', to: '+12025550100', text: 'hello', ...inbound };
    const statuses = await smsc.write(text);
    await settled(session);
    return { text: text.text, statuses, pdus: came.map(({ pdu }) => pdu as Pdu<'deliver_sm'>) };
  };
  const read = (pdu: Pdu<'deliver_sm'>, packed = false) => {
    const data = userData(pdu.tlvs.get(tags.messagePayload) ?? pdu.shortMessage, (pdu.esmClass & 0x40) !== 0);
    const fill = data.headerOctets ? fillBitsAfter(data.headerOctets) : 0;
    const text = decodeText(encodedText(pdu.dataCoding, data.text, packed ? 'gsm-packed' : 'gsm', fill));
    return { text, place: data.place ?? placeOf(pdu.tlvs) };
  };

  it.each<[string, Partial<InboundText>]>([
    ['plain', {}],
    ['of extension characters', { text: '{[€]}' }],
    ['wide', { text: 'Привет 👋' }],
    ['in Latin-1', { text: 'façade', alphabet: 'latin1' }],
    ['long', { text: long }],
    ['long, by a wide reference', { text: long, concatenation: 'udh16', reference: 4711 }],
    ['long, by parameters', { text: long, concatenation: 'sar' }],
    ['long, in one', { text: long, concatenation: 'payload' }],
  ])('%s', async (_, inbound) => {
    const { text, statuses, pdus } = await write(inbound);
    expect(pdus.map((pdu) => read(pdu).text).join('')).toBe(text);
    expect(statuses.every((status) => status === 0)).toBe(true);
    expect(pdus[0]).toMatchObject({ source: { ton: 1, address: '447700900123' } });
    const parts = pdus.length;
    const [first] = pdus;
    if (parts > 1 && first) expect(read(first).place).toMatchObject({ total: parts, sequence: 1 });
  });

  it('in packed septets', async () => {
    const { pdus } = await write({ text: 'x'.repeat(200), alphabet: 'gsm-packed' });
    expect(pdus.map((pdu) => read(pdu, true).text?.length)).toEqual([153, 47]);
  });

  it('in any order, and without a piece', async () => {
    const { pdus } = await write({ text: 'x'.repeat(400), pieces: [3, 1] });
    expect(pdus.map((pdu) => read(pdu).place?.sequence)).toEqual([3, 1]);
  });

  it('from a short number', async () => {
    const { pdus } = await write({ from: '12345', text: 'code' });
    expect(pdus[0]).toMatchObject({ source: { ton: 3, npi: 0, address: '12345' } });
  });

  it('is UTF-16 as UCS-2', () => {
    expect(decodeUcs2(encodeUcs2(long))).toBe(long);
  });
});

it('begins again at the same port with what it had, after a stop', async () => {
  await open();
  await bound();
  const { port } = smsc;
  await smsc.stop();
  const told = smsc.write({ from: '+447700900123', to: '+12025550100', text: 'hi' });
  await smsc.start(port);
  await bound();
  expect(await told).toEqual([0]);
});
