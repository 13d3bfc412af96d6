import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Channel } from '../../channels/channel.ts';
import { ingestFor } from '../../channels/ingest.ts';
import {
  type Idempotency,
  type ProviderError,
  type SendRequest,
  type SendResult,
  textOf,
} from '../../channels/message.ts';
import { account, capabilities, openRig, type Rig, startDeliveries } from '../../channels/test-rig.ts';
import { deleteConversation } from '../../core/conversations/actions.ts';
import { removeMessage } from '../../core/messages/actions.ts';
import { selectAttempts } from '../../core/receipts/attempts.ts';
import { sendAgain } from '../../core/receipts/send-again.ts';
import { StorageUnavailable } from '../../storage/connection.ts';
import type { Dispatcher } from '../outbox.ts';

const proxyAddress = '+12025550100';
const ann = { address: '+12025550123', proxyAddress };
const bob = { address: '+12025550124', proxyAddress };
const back = { kind: 'account', account } as const;

const accepted = (request: SendRequest): SendResult => ({
  outcome: 'accepted',
  providerId: `provider's ${request.deliveryId}`,
  status: 'sent',
});
const rejected = (kind: ProviderError['kind'], more: Partial<ProviderError> = {}): SendResult => ({
  outcome: 'rejected',
  error: { kind, code: 'x', message: 'no', ...more },
});
const unknown: SendResult = { outcome: 'unknown', error: { code: 'cut', message: 'The line was cut.' } };

let rig: Rig;
let dispatcher: Dispatcher;
let sends: (SendRequest & { at: number })[];

beforeEach(async () => {
  rig = await openRig();
  sends = [];
});
afterEach(async () => {
  await dispatcher.stop();
  await rig.close();
});

type Answer = SendResult | ((request: SendRequest, signal: AbortSignal) => SendResult | Promise<SendResult>);

/** Sends through a channel that gives these answers, one after the other, and then accepts. */
function dispatch(answers: Answer[], idempotency: Idempotency = { mode: 'provider' }): void {
  const { clock } = rig;
  const channel: Channel = {
    name: 'scripted',
    idempotency,
    capabilities,
    owns: (address) => address === proxyAddress,
    send: async (request, signal) => {
      sends.push({ ...request, at: clock.now() });
      const answer = answers[sends.length - 1] ?? accepted;
      return typeof answer === 'function' ? answer(request, signal) : answer;
    },
  };
  dispatcher = startDeliveries(rig, channel, () => 1);
}

async function until(so: () => Promise<boolean> | boolean): Promise<void> {
  for (let step = 0; step < 20_000; step += 1) {
    await dispatcher.idle();
    if (await so()) return;
    rig.clock.advanceToNext();
  }
  throw new Error('It did not come to that.');
}
const settled = () => until(async () => (await rig.outbox()).every((row) => row.state === 'dead'));
const texts = () => sends.map((send) => textOf(send.parts));
const status = async (message: { sid: string }) => {
  const [receipt] = await rig.receipts(message);
  return receipt && [receipt.status, receipt.error_code];
};
const waits = () => sends.slice(1).map((send, at) => send.at - (sends[at]?.at ?? 0));

describe('retries', () => {
  it('back off twice as long from one attempt to the next, up to 15 minutes, and end after 12', async () => {
    dispatch(Array.from({ length: 12 }, () => rejected('temporary', { receiptCode: 30017 })));
    const message = await rig.say(await rig.converse(ann), 'hello');
    await settled();
    expect(sends.map((send) => send.attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const longest = 15 * 60 * 1000;
    expect(waits()).toEqual([4, 8, 16, 32, 64, 128, 256, 512].map((s) => s * 1000).concat(longest, longest, longest));
    expect(await status(message)).toEqual(['failed', 30017]);
  });

  it('use the same delivery id every time', async () => {
    dispatch([rejected('temporary'), unknown, rejected('throttle')]);
    const message = await rig.say(await rig.converse(ann), 'hello');
    await settled();
    expect(sends).toHaveLength(4);
    expect(new Set(sends.map((send) => send.deliveryId)).size).toBe(1);
    expect(await status(message)).toEqual(['sent', 0]);
  });

  it('end after 24 hours though a throttle is not an attempt', async () => {
    dispatch(Array.from({ length: 1000 }, () => rejected('throttle', { retryAfterMs: 60 * 60 * 1000 })));
    const message = await rig.say(await rig.converse(ann), 'hello');
    await settled();
    expect(sends).toHaveLength(24);
    expect(sends.every((send) => send.attempt === 1)).toBe(true);
    expect(await status(message)).toEqual(['failed', 30036]);
  });

  it('of one person hold up nobody else', async () => {
    dispatch([rejected('temporary')]);
    const conversation = await rig.converse(ann);
    await rig.say(conversation, 'to Ann');
    await dispatcher.idle();
    await rig.say(conversation, 'to Ann, later');
    await rig.say(await rig.converse(bob), 'to Bob');
    await dispatcher.idle();
    expect(texts()).toEqual(['to Ann', 'to Bob']);
    await settled();
    expect(texts()).toEqual(['to Ann', 'to Bob', 'to Ann', 'to Ann, later']);
  });
});

describe('a throttled sender', () => {
  it('rests as long as the provider says, with everything it has to send', async () => {
    dispatch([rejected('throttle', { scope: 'sender', retryAfterMs: 7000 })]);
    await rig.say(await rig.converse(ann), 'to Ann');
    await dispatcher.idle();
    await rig.say(await rig.converse(bob), 'to Bob');
    await dispatcher.idle();
    expect(texts()).toEqual(['to Ann']);
    await settled();
    expect(texts().sort()).toEqual(['to Ann', 'to Ann', 'to Bob']);
    expect(waits()).toEqual([7000, 0]);
  });

  it('rests twice as long from one throttle to the next when the provider does not say how long', async () => {
    dispatch([1, 2, 3, 4].map(() => rejected('throttle', { scope: 'sender' })));
    await rig.say(await rig.converse(ann), 'hello');
    await settled();
    expect(waits()).toEqual([1000, 2000, 4000, 8000]);
  });
});

describe('an unknown outcome', () => {
  it('is followed by the same call where the provider recognises it', async () => {
    dispatch([unknown, unknown, unknown]);
    const message = await rig.say(await rig.converse(ann), 'hello');
    await settled();
    expect(sends).toHaveLength(4);
    expect(await status(message)).toEqual(['sent', 0]);
  });

  it('is followed by one repetition after a minute where reports name the delivery', async () => {
    dispatch([unknown, unknown], { mode: 'correlate' });
    const message = await rig.say(await rig.converse(ann), 'hello');
    await settled();
    expect(waits()).toEqual([60_000]);
    expect(await status(message)).toEqual(['failed', 30008]);
  });

  it('is followed by repetitions until there is an answer where not at all is worse than twice', async () => {
    dispatch([unknown, unknown, rejected('temporary'), unknown], { mode: 'correlate', insistent: true });
    const message = await rig.say(await rig.converse(ann), 'hello');
    await settled();
    expect(sends).toHaveLength(5);
    expect(waits().filter((wait) => wait === 60_000)).toHaveLength(3);
    expect(await status(message)).toEqual(['sent', 0]);
  });

  it('is not forgotten when the next attempt meets something else: the message may come twice', async () => {
    dispatch([unknown, rejected('temporary')], { mode: 'correlate' });
    const [first, second] = [await rig.converse(ann), await rig.converse(bob)];
    const message = await rig.say(first, 'hello');
    await settled();
    const changes = async ({ sid }: { sid: string }) =>
      (await selectAttempts(rig.core.db, sid, 10)).map((attempt) => attempt.changes ?? '');
    expect(await changes(message)).toEqual(['', ...Array(2).fill(expect.stringContaining('may have come twice'))]);
    const next = await rig.say(second, 'fine');
    await settled();
    expect(await changes(next)).toEqual(['']);
  });

  it('of a repetition is on record though a report has settled the message meanwhile', async () => {
    const ingest = ingestFor(rig, 'scripted');
    const lose = async ({ deliveryId }: SendRequest) => {
      await ingest([{ type: 'status', eventId: '1', deliveryId, status: 'delivered', at: 0 }]);
      return unknown;
    };
    dispatch([unknown, lose], { mode: 'correlate' });
    const message = await rig.say(await rig.converse(ann), 'hello');
    await settled();
    expect(await status(message)).toEqual(['delivered', 0]);
    const attempts = await selectAttempts(rig.core.db, message.sid, 10);
    expect(attempts.map(({ outcome, changes }) => [outcome, changes])).toEqual([
      ['unknown', null],
      ['unknown', expect.stringContaining('may have come twice')],
    ]);
  });

  it('is followed by nothing when a report shows in the meantime that it arrived', async () => {
    dispatch([unknown], { mode: 'correlate' });
    const conversation = await rig.converse(ann);
    const message = await rig.say(conversation, 'hello');
    const next = await rig.say(conversation, 'next');
    await until(() => sends.length === 1);
    const ingest = ingestFor(rig, 'scripted');
    const deliveryId = sends[0]?.deliveryId ?? '';
    await ingest([{ type: 'status', eventId: '1', deliveryId, status: 'delivered', at: 0 }]);
    await settled();
    expect(texts()).toEqual(['hello', 'next']);
    expect(await status(message)).toEqual(['delivered', 0]);
    expect(await status(next)).toEqual(['sent', 0]);
  });

  it('is a failure where nobody can tell and twice is worse than not at all', async () => {
    dispatch([unknown], { mode: 'none', afterUnknown: 'fail' });
    const message = await rig.say(await rig.converse(ann), 'hello');
    await settled();
    expect(sends).toHaveLength(1);
    expect(await status(message)).toEqual(['failed', 30008]);
  });

  it('is followed by one repetition where nobody can tell and twice is better than not at all', async () => {
    dispatch([unknown, unknown], { mode: 'none', afterUnknown: 'resend' });
    const message = await rig.say(await rig.converse(ann), 'hello');
    await settled();
    expect(sends).toHaveLength(2);
    expect(await status(message)).toEqual(['failed', 30008]);
  });

  it('is followed by nothing when a report came while the answer was still awaited', async () => {
    const asked = Promise.withResolvers<string>();
    const hang = ({ deliveryId }: SendRequest) => {
      asked.resolve(deliveryId);
      return new Promise<SendResult>(() => {});
    };
    dispatch([hang], { mode: 'none', afterUnknown: 'fail' });
    const message = await rig.say(await rig.converse(ann), 'hello');
    const deliveryId = await asked.promise;
    const ingest = ingestFor(rig, 'scripted');
    await ingest([{ type: 'status', eventId: '1', deliveryId, status: 'delivered', at: 0 }]);
    rig.clock.advance(30_000);
    await settled();
    expect(sends).toHaveLength(1);
    expect(await status(message)).toEqual(['delivered', 0]);
    expect(await rig.outbox()).toEqual([]);
  });

  it('holds the next message up no longer than until a status settles it', async () => {
    dispatch([unknown], { mode: 'correlate' });
    const conversation = await rig.converse(ann);
    await rig.say(conversation, 'one');
    await rig.say(conversation, 'two');
    await dispatcher.idle();
    expect(texts()).toEqual(['one']);
    const deliveryId = sends[0]?.deliveryId ?? '';
    const ingest = ingestFor(rig, 'scripted');
    await ingest([{ type: 'status', eventId: '1', deliveryId, status: 'delivered', at: 0 }]);
    await dispatcher.idle();
    expect(texts()).toEqual(['one', 'two']);
  });

  it.each([
    [new Error('a mistake'), 'a channel threw while sending'],
    [new StorageUnavailable('away'), 'the storage failed; what asked for it was told so'],
  ])('is what an exception in a channel is taken for: %s', async (error, line) => {
    const log = vi.spyOn(rig.logger, 'error');
    dispatch([() => Promise.reject(error)]);
    const message = await rig.say(await rig.converse(ann), 'hello');
    await settled();
    expect(sends).toHaveLength(2);
    expect(await status(message)).toEqual(['sent', 0]);
    expect(log.mock.calls.map(([, said]) => said)).toEqual([line]);
    log.mockRestore();
  });
});

describe('what is not wanted any more', () => {
  it('is not sent: a message that was removed', async () => {
    dispatch([rejected('temporary')]);
    const conversation = await rig.converse(ann);
    const message = await rig.say(conversation, 'a slip');
    await rig.say(conversation, 'next');
    await until(() => sends.length === 1);
    await rig.core.run(removeMessage, back, { service: rig.service, conversation, message: message.sid });
    await settled();
    expect(texts()).toEqual(['a slip', 'next']);
    expect(await rig.outbox()).toEqual([]);
  });

  it('is not sent: the messages of a conversation that was removed', async () => {
    dispatch([rejected('temporary')]);
    const conversation = await rig.converse(ann);
    await rig.say(conversation, 'one');
    await rig.say(conversation, 'two');
    await until(() => sends.length === 1);
    await rig.core.run(deleteConversation, back, { service: rig.service, conversation });
    await settled();
    expect(texts()).toEqual(['one']);
    expect(await rig.outbox()).toEqual([]);
  });
});

describe('a dead letter', () => {
  it('is sent again under a new id, after what was waiting, and its receipt begins anew', async () => {
    dispatch([rejected('bad-recipient')]);
    const conversation = await rig.converse(ann);
    const message = await rig.say(conversation, 'one');
    await settled();
    await rig.say(conversation, 'two');
    await settled();
    expect(await status(message)).toEqual(['failed', 30005]);
    const [letter] = await rig.outbox();
    const delivery = letter?.id ?? '';
    const again = await rig.core.run(sendAgain, back, { conversation, delivery });
    expect(again.delivery).toBe(`${delivery}.2`);
    await settled();
    expect(texts()).toEqual(['one', 'two', 'one']);
    expect(new Set(sends.map((send) => send.deliveryId)).size).toBe(3);
    expect(await status(message)).toEqual(['sent', 0]);
    expect(await rig.outbox()).toEqual([]);

    // What is still reported about the first delivery is about a message that was given up.
    const ingest = ingestFor(rig, 'scripted');
    const late = { type: 'status', eventId: '1', deliveryId: delivery, status: 'failed', at: 0 } as const;
    expect(await ingest([late])).toEqual([{ type: 'status', outcome: 'ignored' }]);
    await expect(rig.core.run(sendAgain, back, { conversation, delivery })).rejects.toMatchObject({ code: 20409 });
  });
});

describe('a stop', () => {
  it('waits for the send under way and begins no other', async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<SendResult>();
    dispatch([
      () => {
        asked.resolve();
        return answer.promise;
      },
    ]);
    const conversation = await rig.converse(ann);
    const message = await rig.say(conversation, 'one');
    await rig.say(conversation, 'two');
    await asked.promise;
    const stopped = dispatcher.stop();
    answer.resolve({ outcome: 'accepted', providerId: 'p', status: 'sent' });
    await stopped;
    expect(texts()).toEqual(['one']);
    expect(await status(message)).toEqual(['sent', 0]);
    expect((await rig.outbox()).map((row) => row.state)).toEqual(['pending']);
  });

  it('gives up a send that takes longer than four seconds, and leaves it for the next start', async () => {
    const asked = Promise.withResolvers<AbortSignal>();
    dispatch([
      (_request, signal) => {
        asked.resolve(signal);
        return new Promise(() => {});
      },
    ]);
    const conversation = await rig.converse(ann);
    await rig.say(conversation, 'one');
    await rig.say(conversation, 'two');
    const signal = await asked.promise;
    const stopped = dispatcher.stop();
    rig.clock.advance(3_999);
    expect(signal.aborted).toBe(false);
    rig.clock.advance(1);
    await stopped;
    expect(signal.aborted).toBe(true);
    expect((await rig.outbox()).map((row) => row.state)).toEqual(['pending', 'waiting']);
  });
});

it('leaves a message whose sender no channel owns until one does', async () => {
  dispatch([]);
  const conversation = await rig.converse({ address: ann.address, proxyAddress: '+12025550199' });
  const message = await rig.say(conversation, 'hello');
  const start = rig.clock.now();
  await until(() => rig.clock.now() > start + 60 * 60 * 1000);
  expect(sends).toEqual([]);
  expect((await rig.outbox())[0]).toMatchObject({ state: 'pending', attempt: 0 });
  expect(await status(message)).toEqual([null, 0]);
});
