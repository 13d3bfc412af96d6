import type { DeliveryStatus } from '@colloquy/protocol';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ann, openSender, own, type SenderUnderTest } from '../../api/rest/x/test-senders.ts';
import { type ProviderError, type SendResult, textOf } from '../message.ts';

let at: SenderUnderTest;
afterEach(() => at.close());

const texts = () => at.carrier.sent.map(({ parts }) => textOf(parts));
const rejected = (kind: ProviderError['kind']): SendResult => ({
  outcome: 'rejected',
  error: { kind, code: 'x', message: 'No.' },
});
const unknown: SendResult = { outcome: 'unknown', error: { code: 'cut', message: 'The line was cut.' } };
const long = 'one two three four five six seven eight';
const pieces = ['one two three four', 'five six seven eight'];

describe('a message that is several to the provider', () => {
  it('goes out a piece at a time, each under an id of its own, and says so', async () => {
    at = await openSender();
    const message = await at.say({ body: long });
    await at.channels.idle();
    expect(texts()).toEqual(pieces);
    const [receipt] = await at.rig.receipts(message);
    expect(at.carrier.sent).toMatchObject([
      { deliveryId: `${receipt?.sid}-0-2`, piece: 0, pieces: 2 },
      { deliveryId: `${receipt?.sid}-1-2`, piece: 1, pieces: 2 },
    ]);
    expect(await at.statusOf(message)).toEqual(['sent', 0]);
    const { copies } = await at.life(message);
    expect(copies).toMatchObject([
      {
        state: 'handed-over',
        attempts: [
          { piece: 0, pieces: 2, outcome: 'accepted', changes: ['The text went as 2 messages.'] },
          { piece: 1, pieces: 2, outcome: 'accepted', changes: [] },
        ],
      },
    ]);
  });

  it('goes on where it stood when a piece was refused for a while', async () => {
    at = await openSender();
    const accepted: SendResult = { outcome: 'accepted', providerId: 'first', status: 'sent' };
    at.carrier.answers = [accepted, rejected('temporary'), rejected('temporary')];
    const message = await at.say({ body: long });
    await at.until(async () => (await at.statusOf(message))?.[0] === 'sent');
    expect(texts()).toEqual([pieces[0], pieces[1], pieces[1], pieces[1]]);
    const { copies } = await at.life(message);
    expect(copies[0]?.attempts).toMatchObject([
      { outcome: 'accepted' },
      { outcome: 'rejected', repeated: 1 },
      { outcome: 'accepted' },
    ]);
  });

  it('is not sent before the last piece is, and failed when one of them failed', async () => {
    at = await openSender();
    at.carrier.answers = [{ outcome: 'accepted', providerId: 'first', status: 'sent' }, rejected('bad-recipient')];
    const message = await at.say({ body: long });
    await at.channels.idle();
    expect(await at.statusOf(message)).toEqual(['failed', 30005]);
  });

  it('repeats only the piece whose answer got lost', async () => {
    at = await openSender();
    at.carrier.answers = [{ outcome: 'accepted', providerId: 'first', status: 'sent' }, unknown];
    const message = await at.say({ body: long });
    await at.until(async () => (await at.statusOf(message))?.[0] === 'sent');
    expect(texts()).toEqual([pieces[0], pieces[1], pieces[1]]);
  });

  it('is as far as its slowest piece, whatever the order of the reports, and failed as soon as one is', async () => {
    at = await openSender();
    const final = fc.constantFrom<DeliveryStatus>('delivered', 'read', 'undelivered');
    const rank = ['sent', 'delivered', 'read'];
    let count = 0;
    await fc.assert(
      fc.asyncProperty(final, final, fc.boolean(), fc.boolean(), async (one, two, swapped, byProvider) => {
        at.carrier.sent.length = 0;
        const message = await at.say({ body: long });
        await at.channels.idle();
        const reports = at.carrier.sent.map(({ deliveryId }, piece) => {
          count += 1;
          const about = byProvider ? { providerId: `id of ${deliveryId}` } : { deliveryId };
          const status = piece === 0 ? one : two;
          return { type: 'status', eventId: String(count), ...about, status, at: 0 } as const;
        });
        for (const report of swapped ? reports.toReversed() : reports) await at.report(report);
        const failed = one === 'undelivered' || two === 'undelivered';
        const least = rank[Math.min(rank.indexOf(one), rank.indexOf(two))];
        expect((await at.statusOf(message))?.[0]).toBe(failed ? 'undelivered' : least);
      }),
      { numRuns: 25 },
    );
  });

  it('takes reports that come before the answer to the send', async () => {
    at = await openSender();
    const message = await at.say({ body: long });
    await at.channels.idle();
    at.carrier.answers = at.carrier.sent.map((_, piece) => ({
      outcome: 'accepted',
      providerId: `later ${piece}`,
      status: null,
    }));
    const second = await at.say({ body: long });
    for (const piece of [0, 1]) {
      await at.report({
        type: 'status',
        eventId: `early ${piece}`,
        providerId: `later ${piece}`,
        status: 'delivered',
        at: 0,
      });
    }
    await at.channels.idle();
    expect(await at.statusOf(message)).toEqual(['sent', 0]);
    expect(await at.statusOf(second)).toEqual(['delivered', 0]);
  });
});

describe('a report under an id that the provider used before', () => {
  it.each([
    ['one', 'two'],
    [long, 'two'],
    ['one', long],
    [long, long],
  ])('is about the newest: %s, %s', async (...bodies) => {
    at = await openSender();
    const numbered = () =>
      at.carrier.answers.push(
        ...['7', '8'].map((providerId) => ({ outcome: 'accepted', providerId, status: null }) as const),
      );
    const said: { sid: string }[] = [];
    for (const body of bodies) {
      at.carrier.answers = [];
      numbered();
      said.push(await at.say({ body }));
      await at.channels.idle();
      at.rig.clock.advance(1);
    }
    await at.report({ type: 'status', eventId: '1', providerId: '7', status: 'failed', at: 0 });
    expect(await Promise.all(said.map(at.statusOf))).toEqual([
      [null, 0],
      ['failed', 30008],
    ]);
  });
});

it('is not settled by what another sender reports, whichever ids it names', async () => {
  at = await openSender();
  const config = { region: 'eu', token: 'sesame-sesame' };
  const made = await at.call('POST', '/senders', { type: 'test', addresses: ['+12025550177'], config });
  const other = (made.body as { sid: string }).sid;
  const providerId = `SM${'a'.repeat(32)}`;
  const answer = Promise.withResolvers<SendResult>();
  at.carrier.answers = [{ outcome: 'accepted', providerId, status: null }, () => answer.promise];
  const settled = await at.say({ body: 'one' });
  await at.channels.idle();
  const underWay = await at.say({ body: 'two' });
  await vi.waitFor(() => expect(at.carrier.sent).toHaveLength(2));
  const failed = (eventId: string, about: object) =>
    ({ type: 'status', eventId, status: 'failed', at: 0, ...about }) as const;
  const [first, second] = at.carrier.sent.map(({ deliveryId }) => ({ deliveryId }));
  const reports = [failed('1', { providerId }), failed('2', first ?? {}), failed('3', second ?? {})];
  await at.channels.ingest(other, reports);
  expect([await at.statusOf(settled), await at.statusOf(underWay)]).toEqual([
    [null, 0],
    [null, 0],
  ]);
  await at.report(...reports);
  expect([await at.statusOf(settled), await at.statusOf(underWay)]).toEqual([
    ['failed', 30008],
    ['failed', 30008],
  ]);
  answer.resolve({ outcome: 'accepted', providerId: 'p', status: null });
  await at.channels.idle();
});

describe('an attempt without an answer', () => {
  it('is asked about before it is repeated, where the provider can be asked', async () => {
    const asked: string[] = [];
    at = await openSender({
      idempotency: { mode: 'none', afterUnknown: 'resend' },
      reconcile: async ({ deliveryId }) => {
        asked.push(deliveryId);
        return asked.length === 1 ? 'absent' : { outcome: 'accepted', providerId: 'found', status: 'sent' };
      },
    });
    at.carrier.answers = [unknown];
    const first = await at.say({ body: 'one' });
    await at.until(async () => (await at.statusOf(first))?.[0] === 'sent');
    expect(texts()).toEqual(['one', 'one']);
    at.carrier.answers = [unknown];
    const second = await at.say({ body: 'two' });
    await at.until(async () => (await at.statusOf(second))?.[0] === 'sent');
    expect(texts()).toEqual(['one', 'one', 'two']);
    expect((await at.life(second)).copies[0]?.attempts).toMatchObject([
      { outcome: 'unknown' },
      { providerId: 'found' },
    ]);
  });

  it('is marked where nobody can tell whether it came twice', async () => {
    at = await openSender({ idempotency: { mode: 'none', afterUnknown: 'resend' } });
    at.carrier.answers = [unknown];
    const message = await at.say({ body: 'one' });
    await at.until(async () => (await at.statusOf(message))?.[0] === 'sent');
    const attempts = (await at.life(message)).copies[0]?.attempts;
    expect(attempts).toMatchObject([
      { outcome: 'unknown' },
      { outcome: 'accepted', changes: [expect.stringMatching(/twice/)] },
    ]);
  });
});

describe('what a message refers to', () => {
  it('reaches the channel as the provider calls it, by SID and by index', async () => {
    at = await openSender();
    const first = await at.say({ body: 'one' });
    await at.channels.idle();
    const [{ deliveryId } = { deliveryId: '' }] = at.carrier.sent;
    await at.say({ body: 'two', attributes: { reply_to: first.sid } });
    await at.say({ body: 'three', attributes: { reply_to: first.idx } });
    await at.say({ body: '👍', attributes: { reaction: { message: first.sid, emoji: '👍' } } });
    await at.channels.idle();
    const id = `id of ${deliveryId}`;
    expect(at.carrier.sent.map(({ replyTo, reaction }) => [replyTo, reaction])).toEqual([
      [null, null],
      [id, null],
      [id, null],
      [null, { to: id, emoji: '👍' }],
    ]);
  });

  it('is found among what the person wrote, and nothing is made of what is not there', async () => {
    at = await openSender();
    await at.write('hello');
    const [received] = await at.rig.messages(at.conversation);
    await at.say({ body: 'two', attributes: { reply_to: received?.sid } });
    await at.say({ body: 'three', attributes: { reply_to: 'IMnone', reaction: 7 } });
    await at.channels.idle();
    expect(at.carrier.sent.map(({ replyTo }) => replyTo)).toEqual(['p-hello', null]);
    expect(at.carrier.sent[0]).toMatchObject({ lastReceived: 'p-hello', sender: own, recipient: ann });
  });
});

describe('a closed window', () => {
  const hour = 60 * 60 * 1000;
  const windows = async () =>
    ((await at.call('GET', `/conversations/${at.conversation}/windows`)).body as { windows: object[] }).windows;

  it('fails the copy with 63016 before the send is answered, until the person writes', async () => {
    at = await openSender({ windowHours: 24 });
    const refused = await at.say({ body: 'hello' });
    expect(JSON.parse(refused.delivery ?? '')).toMatchObject({ total: 1, failed: 'all' });
    expect(await at.statusOf(refused)).toEqual(['failed', 63016]);
    await at.write('hi');
    at.rig.clock.advance(24 * hour - 1);
    const taken = await at.say({ body: 'hello' });
    await at.channels.idle();
    expect(await at.statusOf(taken)).toEqual(['sent', 0]);
    at.rig.clock.advance(1);
    expect(await at.statusOf(await at.say({ body: 'late' }))).toEqual(['failed', 63016]);
    expect(texts()).toEqual(['hello']);
    expect(await windows()).toEqual([
      {
        ...{ participantSid: expect.stringMatching(/^MB/), address: ann, proxyAddress: own },
        lastReceived: new Date(at.rig.clock.now() - 24 * hour).toISOString(),
        ...{ closes: new Date(at.rig.clock.now()).toISOString(), refusal: 63016 },
      },
    ]);
    const { copies } = await at.life(refused);
    expect(copies).toMatchObject([{ state: 'dead', attempts: [{ attempt: 0, error: { kind: 'window-closed' } }] }]);
  });

  it('can be tried all the same by an operator', async () => {
    at = await openSender({ windowHours: 24 });
    const message = await at.say({ body: 'hello' });
    const [receipt] = await at.rig.receipts(message);
    expect((await at.call('POST', `/outbox/${receipt?.delivery_id}/retry`)).status).toBe(200);
    await at.channels.idle();
    expect(await at.statusOf(message)).toEqual(['sent', 0]);
  });
});

describe('somebody who wants no messages', () => {
  it('does not get what waited when he said so', async () => {
    at = await openSender();
    await at.call('POST', `/senders/${at.sender}/pause`);
    const message = await at.say({ body: 'hello' });
    await at.channels.idle();
    await at.report({ type: 'consent', sender: ann, recipient: own, at: 0, eventId: '1', state: 'stop' });
    await at.call('POST', `/senders/${at.sender}/resume`);
    await at.channels.idle();
    expect(await at.statusOf(message)).toEqual(['failed', 21610]);
    expect(texts()).toEqual([]);
  });

  it('gets none, with 21610 at once, until he takes that back', async () => {
    at = await openSender();
    const consent = { type: 'consent', sender: ann, recipient: own, at: 0 } as const;
    await at.report({ ...consent, eventId: '1', state: 'stop' });
    expect(await at.statusOf(await at.say({ body: 'hello' }))).toEqual(['failed', 21610]);
    await at.write('wait');
    expect(await at.statusOf(await at.say({ body: 'hello' }))).toEqual(['failed', 21610]);
    await at.report({ ...consent, eventId: '2', state: 'start' });
    // The network says the first again.
    await at.report({ ...consent, eventId: '1', state: 'stop' });
    const message = await at.say({ body: 'hello' });
    await at.channels.idle();
    expect(await at.statusOf(message)).toEqual(['sent', 0]);
    expect(texts()).toEqual(['hello']);
  });
});
