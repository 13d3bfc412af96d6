import { connect } from 'node:net';
import { type JournalEntry, ManualClock, Smsc, type SmscOptions } from '@colloquy/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { PduError } from '../pdu/octets.ts';
import { statuses } from '../status.ts';
import { Link, type LinkOptions } from './link.ts';

const never = new AbortController().signal;
const message = {
  source: { ton: 1, npi: 1, address: '12025550100' },
  destination: { ton: 1, npi: 1, address: '447700900123' },
  registeredDelivery: 1,
  shortMessage: Buffer.from('hello'),
};
const to = (address: string) => ({ ...message, destination: { ...message.destination, address } });

let clock: ManualClock;
let smsc: Smsc;
let link: Link;
let changed: () => void;
let came: string[];

async function open(options: Partial<LinkOptions> = {}, of: SmscOptions = {}): Promise<void> {
  clock = new ManualClock();
  came = [];
  smsc = new Smsc({ clock, ...of });
  await smsc.start();
  const { port } = smsc;
  changed = () => {};
  link = new Link({
    clock,
    mode: 'transceiver',
    perSecond: 1000,
    window: 10,
    random: () => 1,
    connect: () => connect(port, '127.0.0.1').setNoDelay(true),
    account: { systemId: 'conv', password: 'secret1' },
    onMessage: (pdu, session) => {
      came.push(pdu.command === 'deliver_sm' ? Buffer.from(pdu.shortMessage).toString('latin1') : '');
      session.answer(pdu);
    },
    onState: () => changed(),
    ...options,
  });
  link.start();
}

afterEach(async () => {
  await link.stop();
  await smsc.stop();
});

/** Waits for a state, and says what is known of it. */
function becomes(state: 'bound' | 'down') {
  return new Promise<Link['state']>((resolve) => {
    const look = () => {
      if (link.state.state === state) resolve(link.state);
    };
    changed = look;
    look();
  });
}
const submit = (body: Partial<typeof message> = message) => link.submit(body, { signal: never });
const submitted = (entry: JournalEntry) => entry.type === 'in' && entry.pdu.command === 'submit_sm';

describe('a bind', () => {
  it('as a transceiver sends and receives', async () => {
    await open();
    await becomes('bound');
    expect(await submit()).toEqual({ outcome: 'answered', status: 0, class: 'ok', messageId: '100001' });
    expect(smsc.handsets.shown('+447700900123')).toEqual([{ from: '12025550100', text: 'hello', ids: ['100001'] }]);
    expect(await smsc.write({ from: '+447700900123', to: '+12025550100', text: 'hi' })).toEqual([0]);
    expect(came.at(-1)).toBe('hi');
  });

  it('as a pair does both by a connection each', async () => {
    await open({ mode: 'pair' });
    await becomes('bound');
    expect(smsc.binds).toBe(2);
    expect(await submit()).toMatchObject({ status: 0 });
    expect(await smsc.write({ from: '+447700900123', to: '+12025550100', text: 'hi' })).toEqual([0]);
  });

  it('with a wrong password is tried again after five minutes, and then goes on', async () => {
    await open({ account: { systemId: 'conv', password: 'wrong' } });
    const refused = { state: 'down', credentials: true, reason: expect.stringContaining('ESME_RINVPASWD') };
    expect(await becomes('down')).toMatchObject(refused);
    expect(await submit()).toMatchObject({ outcome: 'not-sent', retryAfterMs: 5 * 60_000 + 500 });
    if (smsc.accounts[0]) smsc.accounts[0].password = 'wrong';
    clock.advance(5 * 60_000 - 1);
    expect(link.state.state).toBe('down');
    clock.advance(1);
    await becomes('bound');
  });

  it('too many is tried again, further and further apart, up to a minute', async () => {
    await open({}, { accounts: [{ maxBinds: 0 }] });
    const waits: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      const state = await becomes('down');
      if (state.state !== 'down') throw new Error('It is not down.');
      waits.push(state.retryAt - clock.now());
      expect(state.credentials).toBe(false);
      clock.advance(state.retryAt - clock.now());
      expect(link.state.state).toBe('connecting');
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((s) => s * 1000));
  });

  it('that nobody answers is given up after ten seconds', async () => {
    await open();
    await becomes('bound');
    await link.stop();
    await smsc.stop();
    const { createServer } = await import('node:net');
    const silent = createServer().listen(0, '127.0.0.1');
    const connected = new Promise<void>((resolve) => {
      silent.on('connection', (socket) => {
        socket.on('error', () => {});
        socket.once('data', () => resolve());
      });
    });
    await new Promise<void>((resolve) => {
      silent.once('listening', () => resolve());
    });
    const { port } = silent.address() as { port: number };
    link = new Link({
      ...{ clock, mode: 'transceiver', perSecond: 10, window: 10, random: () => 1, account: {} },
      connect: () => connect(port, '127.0.0.1'),
      onMessage: () => {},
      onState: () => changed(),
    });
    link.start();
    await connected;
    clock.advance(10_000);
    expect(await becomes('down')).toMatchObject({ reason: 'The SMSC did not answer the bind.' });
    silent.close();
  });
});

describe('a message', () => {
  it('is classified by its answer', async () => {
    await open();
    await becomes('bound');
    expect(await submit(to('447700900000'))).toMatchObject({ status: 0x0b, class: 'recipient' });
    smsc.faults.add({ action: { type: 'refuse', status: statuses.ESME_RSYSERR }, count: 1 });
    expect(await submit()).toMatchObject({ class: 'temporary' });
    expect(await submit()).toMatchObject({ class: 'ok' });
  });

  it('that does not fit is not sent', async () => {
    await open();
    await becomes('bound');
    await expect(submit(to('1'.repeat(30)))).rejects.toBeInstanceOf(PduError);
    expect(await submit()).toMatchObject({ class: 'ok' });
  });

  it.each(['cut-before', 'cut-after', 'garbled'] as const)('has an unknown outcome: %s', async (type) => {
    await open();
    await becomes('bound');
    smsc.faults.add({ action: { type }, count: 1 });
    expect(await submit()).toMatchObject({ outcome: 'unknown' });
    expect(smsc.taken).toHaveLength(type === 'cut-before' ? 0 : 1);
    if (type === 'garbled') return;
    await becomes('down');
    clock.advance(1000);
    await becomes('bound');
    expect(await submit()).toMatchObject({ class: 'ok' });
  });

  it.each(['answer-lost', 'ignored'] as const)('has an unknown outcome after half a minute: %s', async (type) => {
    await open();
    await becomes('bound');
    smsc.faults.add({ action: { type }, count: 1 });
    const seen = smsc.journal.next(submitted);
    const outcome = submit();
    await seen;
    clock.advance(30_000);
    expect(await outcome).toMatchObject({ outcome: 'unknown' });
  });

  it('whose answer is late is told when it comes', async () => {
    await open();
    await becomes('bound');
    smsc.faults.add({ action: { type: 'late', ms: 40_000 }, count: 1 });
    const seen = smsc.journal.next(submitted);
    const late = Promise.withResolvers<string>();
    const outcome = link.submit(message, { signal: never, late: late.resolve });
    await seen;
    clock.advance(30_000);
    expect(await outcome).toMatchObject({ outcome: 'unknown' });
    clock.advance(10_000);
    expect(await late.promise).toBe('100001');
  });

  it('waits while the SMSC finds it too much, and the next ones with it', async () => {
    await open();
    await becomes('bound');
    smsc.faults.add({ action: { type: 'refuse', status: statuses.ESME_RTHROTTLED }, count: 1 });
    expect(await submit()).toMatchObject({ class: 'throttle' });
    const next = submit();
    clock.advance(999);
    expect(link.waiting).toBe(1);
    clock.advance(1);
    expect(await next).toMatchObject({ class: 'ok' });
    expect(link.rate).toBe(500);
  });

  it('is one of as many without an answer as the window has', async () => {
    await open({ window: 3 }, { accounts: [{ window: 3 }], settings: { latencyMs: 100 } });
    await becomes('bound');
    const outcomes = Array.from({ length: 9 }, () => submit());
    for (let round = 0; round < 3; round += 1) {
      const last = smsc.taken.length + 3;
      await smsc.journal.next((entry) => submitted(entry) && smsc.taken.length === last - 1);
      expect(link.waiting).toBe(6 - round * 3);
      clock.advance(100);
      if (round < 2) clock.advance(10);
    }
    const classes = (await Promise.all(outcomes)).map((one) => one.outcome === 'answered' && one.class);
    expect(classes).toEqual(Array(9).fill('ok'));
  });

  it('is not sent while there is no bind', async () => {
    await open();
    expect(await submit()).toMatchObject({ outcome: 'not-sent', retryAfterMs: 1000 });
    await becomes('bound');
    smsc.cut();
    await becomes('down');
    expect(await submit()).toMatchObject({ outcome: 'not-sent', retryAfterMs: 1500 });
  });
});

describe('the end of a connection', () => {
  it.each(['cut', 'half-closed', 'unbound', 'garbage'] as const)('is followed by another: %s', async (how) => {
    await open();
    await becomes('bound');
    if (how === 'cut') smsc.cut();
    if (how === 'half-closed') smsc.halfClose();
    if (how === 'unbound') await smsc.unbind();
    if (how === 'garbage') {
      const nacked = smsc.journal.next((entry) => entry.type === 'in' && entry.pdu.command === 'generic_nack');
      smsc.raw(Buffer.from('ffffffff000000040000000000000007', 'hex'));
      await nacked;
      clock.advance(2000);
    }
    await becomes('down');
    clock.advance(1000);
    await becomes('bound');
    expect(await submit()).toMatchObject({ class: 'ok' });
  });

  it('that carried messages is followed by another at once, however often it comes', async () => {
    await open();
    for (let round = 0; round < 8; round += 1) {
      await becomes('bound');
      await submit();
      smsc.cut();
      const state = await becomes('down');
      expect(state.state === 'down' && state.retryAt - clock.now()).toBe(1000);
      clock.advance(1000);
    }
    await becomes('bound');
  });

  it('loses nothing that people write meanwhile', async () => {
    await open();
    await becomes('bound');
    smsc.cut();
    await becomes('down');
    const told = smsc.write({ from: '+447700900123', to: '+12025550100', text: 'meanwhile' });
    clock.advance(1000);
    await becomes('bound');
    expect(await told).toEqual([0]);
    expect(came).toContain('meanwhile');
  });

  it('is noticed when the peer answers nothing any more', async () => {
    await open({}, { enquireAfterMs: 10 ** 9 });
    await becomes('bound');
    smsc.ignoreEnquiries();
    for (let question = 0; question < 3; question += 1) {
      const asked = smsc.journal.next((entry) => entry.type === 'in' && entry.pdu.command === 'enquire_link');
      clock.advance(30_000);
      await asked;
    }
    clock.advance(30_000);
    expect(await becomes('down')).toMatchObject({ reason: 'The peer does not answer any more.' });
  });
});

it.each(['split', 'merged'] as const)('does not mind octets that arrive %s', async (delivery) => {
  await open();
  await becomes('bound');
  smsc.delivery = delivery;
  const outcomes = await Promise.all([submit(), submit(), submit(to('447700900124')), submit(to('447700900000'))]);
  expect(outcomes.map((one) => one.outcome === 'answered' && one.status)).toEqual([0, 0, 0, 0x0b]);
  expect(await smsc.write({ from: '+447700900123', to: '+12025550100', text: 'x'.repeat(400) })).toEqual([0, 0, 0]);
});
