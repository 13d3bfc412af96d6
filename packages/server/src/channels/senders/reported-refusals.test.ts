import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSender, own, type SenderUnderTest } from '../../api/rest/x/test-senders.ts';
import { turnsWhile } from '../../testing/turns.ts';
import type { InboundStatus } from '../events.ts';
import { type ProviderError, type SendResult, textOf } from '../message.ts';

let at: SenderUnderTest;
beforeEach(async () => {
  at = await openSender();
});
afterEach(() => at.close());

const billing: ProviderError = { kind: 'billing', code: '131042', message: 'Pay the bill.', receiptCode: 63020 };
const texts = () => at.carrier.sent.map(({ parts }) => textOf(parts));
const shown = async () => (await at.call('GET', `/senders/${at.sender}`)).body as { state: string };
const state = async () => (await shown()).state;
/** The provider takes the next messages, and says nothing yet of what becomes of them. */
const takes = (...ids: string[]) =>
  at.carrier.answers.push(...ids.map((providerId): SendResult => ({ outcome: 'accepted', providerId, status: null })));

let reports = 0;
const report = (about: Partial<InboundStatus>, error?: ProviderError) => {
  reports += 1;
  const status = error ? ('failed' as const) : ('sent' as const);
  return at.report({
    ...{ type: 'status', eventId: `report ${reports}`, status, at: 0, ...about },
    ...(error && { error }),
  });
};
/** Of the send before the last, or the one that is counted back from the end. */
const lastSent = (back = 1) => ({ deliveryId: at.carrier.sent.at(-back)?.deliveryId ?? '' });

describe('a message that its provider took, and reports as failed for what concerns the whole sender', () => {
  it('waits with those after it, in their order, and goes out when the sender is mended', async () => {
    takes('1', '2');
    const [first, second] = [await at.say({ body: 'one' }), await at.say({ body: 'two' })];
    await at.channels.idle();
    await report({ providerId: '2' }, billing);
    await report({ providerId: '1' }, billing);
    const third = await at.say({ body: 'three' });
    await at.channels.idle();
    expect(await at.statusOf(first)).toEqual([null, 0]);
    expect(await shown()).toMatchObject({ state: 'refused', health: { reason: 'Pay the bill. (131042)' } });
    const waits = { state: 'pending', attempts: [{ outcome: 'accepted' }, { outcome: 'rejected' }] };
    expect((await at.life(first)).copies).toMatchObject([waits]);
    expect(texts()).toEqual(['one', 'two']);
    await at.call('POST', `/senders/${at.sender}/resume`);
    await at.channels.idle();
    expect(texts()).toEqual(['one', 'two', 'one', 'two', 'three']);
    for (const message of [first, second, third]) expect(await at.statusOf(message)).toEqual(['sent', 0]);
  });

  it('lets one delivery try it every five minutes, and all go on when that one is reported as sent', async () => {
    takes('1', '2', '3');
    const first = await at.say({ body: 'one' });
    const other = await at.rig.converse({ address: '+12025550199', proxyAddress: own });
    await at.channels.idle();
    await report(lastSent(), billing);
    await at.rig.say(other, 'else');
    await at.say({ body: 'two' });
    await at.until(() => at.carrier.sent.length === 2);
    // That it is accepted proves nothing.
    expect(await state()).toBe('refused');
    await report(lastSent(), billing);
    const before = at.rig.clock.now();
    await at.until(() => at.carrier.sent.length === 3);
    expect(at.rig.clock.now()).toBe(before + 5 * 60 * 1000);
    await report(lastSent());
    await vi.waitFor(() => expect(at.carrier.sent).toHaveLength(5), { timeout: 10_000 });
    await at.channels.idle();
    expect(at.rig.clock.now()).toBe(before + 5 * 60 * 1000);
    expect(await state()).toBe('active');
    expect(
      texts()
        .filter((text) => text !== 'else')
        .slice(-2),
    ).toEqual(['one', 'two']);
    expect(await at.statusOf(first)).toEqual(['sent', 0]);
  });

  it('is the same when the report comes before the answer to the send, by either id', async () => {
    for (const about of ['delivery', 'provider']) {
      const answer = Promise.withResolvers<SendResult>();
      at.carrier.answers = [() => answer.promise];
      const sent = at.carrier.sent.length;
      const message = await at.say({ body: about });
      await at.say({ body: 'after' });
      await turnsWhile(() => at.carrier.sent.length === sent);
      await report(about === 'delivery' ? lastSent() : { providerId: about }, billing);
      answer.resolve({ outcome: 'accepted', providerId: about, status: null });
      await at.channels.idle();
      // Noted beside the delivery.
      await vi.waitFor(async () => expect(await state()).toBe('refused'), { timeout: 10_000 });
      expect(await at.statusOf(message)).toEqual([null, 0]);
      await at.call('POST', `/senders/${at.sender}/resume`);
      await at.channels.idle();
      expect(texts().slice(sent)).toEqual([about, about, 'after']);
    }
  });

  it('has failed after a day, or when it is closed to him meanwhile', async () => {
    takes('1', '2');
    const old = await at.say({ body: 'old' });
    await at.channels.idle();
    at.rig.clock.advance(24 * 60 * 60 * 1000);
    await report({ providerId: '1' }, billing);
    expect(await at.statusOf(old)).toEqual(['failed', 63020]);
  });

  it('has failed where it is several to the provider, since some of it may have arrived', async () => {
    takes('1', '2');
    const message = await at.say({ body: 'one two three four five six seven' });
    await at.channels.idle();
    await report({ providerId: '2' }, billing);
    expect(await at.statusOf(message)).toEqual(['failed', 63020]);
    await vi.waitFor(async () => expect(await state()).toBe('refused'));
  });

  it('is not sent again for what concerns it alone', async () => {
    takes('1');
    const message = await at.say({ body: 'one' });
    await at.channels.idle();
    await report({ providerId: '1' }, { ...billing, kind: 'bad-recipient', receiptCode: 30003 });
    expect([await at.statusOf(message), await state()]).toEqual([['failed', 30003], 'active']);
  });
});

it('waits as long as a report of too many messages says, without a word about credentials', async () => {
  takes('1');
  await at.say({ body: 'one' });
  await at.channels.idle();
  const tooMany: ProviderError = {
    kind: 'throttle',
    scope: 'sender',
    retryAfterMs: 900_000,
    code: '1',
    message: 'Slow.',
  };
  await report({ providerId: '1' }, tooMany);
  const before = at.rig.clock.now();
  await at.until(() => at.carrier.sent.length === 2);
  expect([at.rig.clock.now() - before, await state()]).toEqual([900_000, 'active']);
});
