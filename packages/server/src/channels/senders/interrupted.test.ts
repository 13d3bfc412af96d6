import { afterEach, describe, expect, it } from 'vitest';
import { openSender, own, type SenderUnderTest } from '../../api/rest/x/test-senders.ts';
import { removeMessage } from '../../core/messages/actions.ts';
import { endLeasesOfTheDead } from '../../core/outbox/actions.ts';
import { type ProviderError, type SendRequest, type SendResult, textOf } from '../message.ts';
import { account } from '../test-rig.ts';

let at: SenderUnderTest;
afterEach(() => at.close());

const texts = () => at.carrier.sent.map(({ parts }) => textOf(parts));
const accepted = ({ deliveryId }: SendRequest): SendResult => ({
  outcome: 'accepted',
  providerId: `id of ${deliveryId}`,
  status: 'sent',
});
const rejected = (kind: ProviderError['kind']): SendResult => ({
  outcome: 'rejected',
  error: { kind, code: 'x', message: 'No.' },
});
const unknown: SendResult = { outcome: 'unknown', error: { code: 'cut', message: 'The line was cut.' } };
const resend = { mode: 'none', afterUnknown: 'resend' } as const;
const long = 'one two three four five six seven eight nine ten';
const pieces = ['one two three four', 'five six seven', 'eight nine ten'];
const tell = (order: 'pause' | 'resume') => at.call('POST', `/senders/${at.sender}/${order}`, {});
const attemptsOf = async (message: { sid: string }) => (await at.life(message)).copies[0]?.attempts ?? [];
const perhapsTwice = [expect.stringMatching(/may have come twice/)];

/** A send that nobody ever answers, as when the process dies in it. */
function hang() {
  const asked = Promise.withResolvers<void>();
  at.carrier.answers.push(() => {
    asked.resolve();
    return new Promise(() => {});
  });
  return asked.promise;
}

describe('the doubt whether an attempt arrived', () => {
  it('is settled with the provider though the sender was paused meanwhile', async () => {
    const asked: string[] = [];
    at = await openSender({
      idempotency: resend,
      reconcile: async ({ deliveryId }) => {
        asked.push(deliveryId);
        return { outcome: 'accepted', providerId: 'found', status: 'sent' };
      },
    });
    at.carrier.answers = [unknown];
    const message = await at.say({ body: 'one' });
    await at.channels.idle();
    await tell('pause');
    at.rig.clock.advance(16 * 60 * 1000);
    await at.channels.idle();
    await tell('resume');
    await at.until(async () => (await at.statusOf(message))?.[0] === 'sent');
    expect(asked).toHaveLength(1);
    expect(texts()).toEqual(['one']);
  });

  it.each(['throttle', 'temporary', 'credentials'] as const)(
    'is marked after a refusal of the kind %s',
    async (kind) => {
      at = await openSender({ idempotency: resend });
      at.carrier.answers = [unknown, rejected(kind)];
      const message = await at.say({ body: 'one' });
      await at.until(async () => (await at.statusOf(message))?.[0] === 'sent');
      expect((await attemptsOf(message)).at(-1)).toMatchObject({ outcome: 'accepted', changes: perhapsTwice });
    },
  );

  it('allows one repetition, however often the provider is busy in between', async () => {
    at = await openSender({ idempotency: resend });
    at.carrier.answers = [unknown, rejected('temporary'), unknown];
    const message = await at.say({ body: 'one' });
    await at.until(async () => (await at.statusOf(message))?.[0] === 'failed');
    expect(texts()).toHaveLength(3);
  });

  it('outlives a process that ended while it sent, and a pause at the next start', async () => {
    at = await openSender({ idempotency: resend });
    const sending = hang();
    const message = await at.say({ body: 'one' });
    await sending;
    await tell('pause');
    at.rig.clock.advance(29_000);
    await endLeases();
    at.rig.clock.advance(1000);
    await at.channels.idle();
    await tell('resume');
    await at.until(async () => (await at.statusOf(message))?.[0] === 'sent');
    expect((await attemptsOf(message)).at(-1)).toMatchObject({ outcome: 'accepted', changes: perhapsTwice });
  });

  it('is about one piece: the next may be repeated, too, and what is sure is not marked', async () => {
    at = await openSender({ idempotency: resend });
    at.carrier.answers = [accepted, unknown, accepted, unknown];
    const message = await at.say({ body: long });
    await at.until(async () => (await at.statusOf(message))?.[0] === 'sent');
    expect(texts()).toEqual([pieces[0], pieces[1], pieces[1], pieces[2], pieces[2]]);
    const marked = (await attemptsOf(message)).filter(({ changes }) => changes.some((one) => /twice/.test(one)));
    expect(marked).toMatchObject([
      { piece: 1, outcome: 'accepted' },
      { piece: 2, outcome: 'accepted' },
    ]);
  });
});

describe('between two pieces', () => {
  it('a message that was removed goes no further', async () => {
    at = await openSender();
    at.carrier.answers = [
      async (request) => {
        const [message] = await at.rig.messages(at.conversation);
        const removal = { service: at.rig.service, conversation: at.conversation, message: message?.sid ?? '' };
        await at.rig.core.run(removeMessage, { kind: 'account', account }, removal);
        return accepted(request);
      },
    ];
    await at.say({ body: long });
    await at.channels.idle();
    expect(texts()).toEqual([pieces[0]]);
    expect(await at.rig.outbox()).toEqual([]);
  });

  it('a sender that was paused sends nothing, and the rest when it is resumed', async () => {
    at = await openSender();
    at.carrier.answers = [
      async (request) => {
        await tell('pause');
        return accepted(request);
      },
    ];
    const message = await at.say({ body: long });
    await at.channels.idle();
    expect(texts()).toEqual([pieces[0]]);
    await tell('resume');
    await at.channels.idle();
    expect(texts()).toEqual(pieces);
    expect(await at.statusOf(message)).toEqual(['sent', 0]);
  });

  it('a sender that was changed goes on by its new channel', async () => {
    at = await openSender();
    const answered: string[] = [];
    at.carrier.answers = [
      async (request) => {
        await at.call('POST', `/senders/${at.sender}`, { config: { region: 'us' } });
        answered.push(...at.carrier.log);
        return accepted(request);
      },
    ];
    const message = await at.say({ body: long });
    await at.channels.idle();
    expect(texts()).toEqual(pieces);
    expect(await at.statusOf(message)).toEqual(['sent', 0]);
    expect(answered).toEqual([`start ${at.sender}`, `stop ${at.sender}`, `start ${at.sender}`]);
  });

  it.each([[30], [100]])('a change that cuts it otherwise (%i characters) loses nothing, and says so', async (most) => {
    at = await openSender();
    at.carrier.answers = [accepted, accepted, rejected('temporary')];
    const message = await at.say({ body: long });
    await at.channels.idle();
    const text = at.channels.ownerOf(own)?.capabilities.text as { most: number };
    const former = text.most;
    text.most = most;
    await at.until(async () => (await at.rig.outbox()).length === 0);
    text.most = former;
    expect(texts().slice(3).join(' ')).toBe(long);
    expect(await at.statusOf(message)).toEqual(['sent', 0]);
    expect((await attemptsOf(message))[3]?.changes.at(-1)).toMatch(/cut into other pieces/);
    // What is still reported of the former pieces changes nothing.
    const { deliveryId } = at.carrier.sent[0] as SendRequest;
    await at.report({ type: 'status', eventId: 'late', deliveryId, status: 'delivered', at: 0 });
    await at.report({
      type: 'status',
      eventId: 'later',
      providerId: `id of ${deliveryId}`,
      status: 'delivered',
      at: 0,
    });
    expect(await at.statusOf(message)).toEqual(['sent', 0]);
  });
});

it('takes no report about a piece that there cannot be', async () => {
  at = await openSender();
  at.carrier.answers = [accepted, unknown];
  const message = await at.say({ body: long });
  await at.until(() => at.carrier.sent.length === 2);
  const [receipt] = await at.rig.receipts(message);
  for (const end of ['-7-3', '-8-3', '-0-0', '-5-1', '-1-2']) {
    const deliveryId = `${receipt?.sid}${end}`;
    const report = { type: 'status', eventId: end, deliveryId, status: 'delivered', at: 0 } as const;
    expect(await at.report(report)).toEqual([{ type: 'status', outcome: 'ignored' }]);
  }
  expect(await at.statusOf(message)).toEqual([null, 0]);
});

/** As the next start does. */
async function endLeases(): Promise<void> {
  await at.rig.core.run(endLeasesOfTheDead, { kind: 'system', account }, {});
}
