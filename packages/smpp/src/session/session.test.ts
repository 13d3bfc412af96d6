import { duplexPair } from 'node:stream';
import { ManualClock } from '@colloquy/testing';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { connection, type RawPeer } from '../../test/raw-peer.ts';
import { commandIds } from '../pdu/layouts.ts';
import { bodyOf, encode, type Pdu } from '../pdu/pdu.ts';
import { statuses } from '../status.ts';
import { Session, type SessionOptions } from './session.ts';

let clock: ManualClock;
let peer: RawPeer;
let session: Session;
let requests: Pdu[];
let closed: Promise<string>;

function open(options: Partial<SessionOptions> = {}): void {
  const ends = connection();
  const { promise, resolve } = Promise.withResolvers<string>();
  clock = new ManualClock();
  requests = [];
  peer = ends.peer;
  closed = promise;
  session = new Session(ends.stream, { clock, onRequest: (pdu) => requests.push(pdu), onClose: resolve, ...options });
}

beforeEach(() => open());

const submit = (late?: (answer: Pdu) => void) => session.request('submit_sm', {}, late);
/** Lets the peer see what was sent, and ours what the peer sent. */
const roundTrip = async () => {
  peer.send('enquire_link', {}, 4711);
  for (;;) if ((await peer.next()).sequence === 4711) return;
};

describe('a request', () => {
  it('gets its answer, in whatever order answers come', async () => {
    const answers = [submit(), submit()];
    const [one, two] = [await peer.next(), await peer.next()];
    expect(two.sequence).toBe(one.sequence + 1);
    peer.answer(two, 'submit_sm', { messageId: 'second' });
    peer.answer(one, 'submit_sm', {}, statuses.ESME_RTHROTTLED);
    expect(await Promise.all(answers)).toEqual([
      expect.objectContaining({ status: 0x58 }),
      expect.objectContaining({ status: 0, messageId: 'second' }),
    ]);
    expect(session.outstanding).toBe(0);
  });

  it('is given up when its answer is late, which is told nevertheless', async () => {
    const late = Promise.withResolvers<Pdu>();
    const answer = submit(late.resolve);
    const request = await peer.next();
    clock.advance(29_999);
    expect(session.outstanding).toBe(1);
    clock.advance(1);
    await expect(answer).rejects.toMatchObject({ name: 'NoAnswer', written: true });
    peer.answer(request, 'submit_sm', { messageId: 'late' });
    expect(await late.promise).toMatchObject({ messageId: 'late' });
    expect(session.open).toBe(true);
  });

  it('has no answer when the connection ends, and is not written when it has ended', async () => {
    const answer = submit();
    await peer.next();
    peer.close();
    await expect(answer).rejects.toMatchObject({ written: true });
    await expect(submit()).rejects.toMatchObject({ written: false });
    expect(await closed).toBe('The peer closed the connection.');
  });

  it('is answered by the opinion that it was none', async () => {
    const answer = submit();
    peer.send('generic_nack', {}, (await peer.next()).sequence, statuses.ESME_RINVCMDID);
    expect(await answer).toMatchObject({ command: 'generic_nack', status: 3 });
  });

  it('has no answer when that cannot be read, or is one to something else', async () => {
    const [one, two] = [submit(), submit()];
    const broken = Buffer.alloc(18, 0x41);
    broken.writeUInt32BE(18, 0);
    broken.writeUInt32BE(commandIds.submit_sm_resp, 4);
    broken.writeUInt32BE(0, 8);
    broken.writeUInt32BE((await peer.next()).sequence, 12);
    peer.raw(broken);
    await expect(one).rejects.toMatchObject({ written: true });
    peer.answer(await peer.next(), 'deliver_sm');
    await expect(two).rejects.toMatchObject({ written: true });
    expect(session.open).toBe(true);
  });

  it('is not confused by answers that nobody asked for', async () => {
    const answer = submit();
    const request = await peer.next();
    peer.answer({ ...request, sequence: 99 }, 'submit_sm', { messageId: 'stray' });
    peer.send('generic_nack', {}, 0, statuses.ESME_RINVCMDLEN);
    peer.answer(request, 'submit_sm', { messageId: 'mine' });
    peer.answer(request, 'submit_sm', { messageId: 'again' });
    expect(await answer).toMatchObject({ messageId: 'mine' });
  });
});

describe('a link', () => {
  it('is asked after half a minute of silence, and given up after three questions without an answer', async () => {
    clock.advance(29_999);
    peer.send('deliver_sm', {}, 1);
    await roundTrip();
    clock.advance(29_999);
    clock.advance(1);
    expect(await peer.next()).toMatchObject({ command: 'enquire_link' });
    for (const _ of [1, 2]) {
      clock.advance(30_000);
      expect(await peer.next()).toMatchObject({ command: 'enquire_link' });
    }
    clock.advance(30_000);
    expect(await closed).toBe('The peer does not answer any more.');
    await peer.ended;
  });

  it('lives on any sign of life', async () => {
    for (let round = 0; round < 5; round += 1) {
      clock.advance(30_000);
      const question = await peer.next();
      if (round % 2 === 0) peer.answer(question, 'enquire_link');
      else peer.send('deliver_sm', {}, 1);
      await roundTrip();
      clock.advance(29_999);
      await roundTrip();
    }
    expect(session.open).toBe(true);
  });

  it('is answered for, and ends when the peer says so', async () => {
    peer.send('enquire_link', {}, 5);
    expect(await peer.next()).toMatchObject({ command: 'enquire_link_resp', status: 0, sequence: 5 });
    const answer = submit();
    await peer.next();
    peer.send('unbind', {}, 6);
    expect(await peer.next()).toMatchObject({ command: 'unbind_resp', sequence: 6 });
    await expect(answer).rejects.toMatchObject({ written: true });
    await peer.ended;
  });

  it('says goodbye', async () => {
    const done = session.unbind();
    peer.answer(await peer.next(), 'unbind');
    await done;
    await peer.ended;
    expect(session.open).toBe(false);
  });

  it('does not wait long for the answer to that', async () => {
    const done = session.unbind();
    await peer.next();
    clock.advance(2000);
    await done;
    expect(session.open).toBe(false);
  });

  it('is cut when the peer does not close its half', async () => {
    session.end('enough');
    clock.advance(2000);
    expect(await closed).toBe('enough');
  });

  it('is cut when the peer does not read', async () => {
    const [stream] = duplexPair();
    const stuck = new Session(stream, { clock, onRequest: () => {}, onClose: () => {} });
    const big = { tlvs: new Map([[0x0424, new Uint8Array(60_000)]]) };
    const outcomes: Promise<unknown>[] = [];
    while (stuck.open) outcomes.push(stuck.request('submit_sm', big).catch((error) => error));
    expect(outcomes.length).toBeLessThan(100);
    expect(await outcomes[0]).toMatchObject({ written: true });
  });
});

describe('what is no PDU', () => {
  it('is refused, and ends the connection where the beginning of the next one cannot be known', async () => {
    peer.raw(Buffer.from('ffffffff000000040000000000000007', 'hex'));
    expect(await peer.next()).toMatchObject({ command: 'generic_nack', status: 2, sequence: 7 });
    await peer.ended;
    clock.advance(2000);
    expect(await closed).toBe('command_length is 4294967295.');
  });

  it('is refused, and changes nothing where it can', async () => {
    peer.raw(Buffer.from('00000010000000990000000000000007', 'hex'));
    expect(await peer.next()).toMatchObject({ command: 'generic_nack', status: 3, sequence: 7 });
    const cut = encode({ command: 'deliver_sm', status: 0, sequence: 8, ...bodyOf('deliver_sm', {}) } as Pdu);
    cut.writeUInt8(200, cut.length - 1);
    peer.raw(cut);
    expect(await peer.next()).toMatchObject({ command: 'deliver_sm_resp', status: 1, sequence: 8 });
    peer.send('deliver_sm', {}, 9);
    await roundTrip();
    expect(requests.map((pdu) => pdu.sequence)).toEqual([9]);
  });

  it('never harms: afterwards the session answers, or has ended and said so once', async () => {
    const whole = encode({
      command: 'deliver_sm',
      status: 0,
      sequence: 8,
      ...bodyOf('deliver_sm', { shortMessage: Buffer.from('hello') }),
    } as Pdu);
    const mutated = fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, octet]) => whole.with(at, octet));
    const chunks = fc.array(fc.oneof(fc.uint8Array({ maxLength: 60 }), mutated), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(chunks, async (pieces) => {
        let ends = 0;
        open({ onClose: () => (ends += 1) });
        const answer = submit().catch((error) => error);
        for (const piece of pieces) peer.raw(piece);
        // Completes what may have begun, and shows whether anybody is there.
        peer.raw(Buffer.alloc(70_000));
        await peer.ended;
        clock.advance(2000);
        expect(await answer).toBeDefined();
        expect(ends).toBe(1);
        expect(session.open).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});
