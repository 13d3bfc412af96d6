/** Messages that were being sent by somebody who died over them. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Channel } from '../../channels/channel.ts';
import type { SendResult } from '../../channels/message.ts';
import { account, capabilities, openRig, type Rig, startDeliveries } from '../../channels/test-rig.ts';
import { claimWork } from '../../core/outbox/actions.ts';
import { selectAttempts } from '../../core/receipts/attempts.ts';
import { channelWork } from '../../core/receipts/plan.ts';
import type { Dispatcher } from '../outbox.ts';

const actor = { kind: 'system', account } as const;
const proxyAddress = '+12025550100';
const ann = { address: '+12025550123', proxyAddress };
const bob = { address: '+12025550124', proxyAddress };

let rig: Rig;
let dispatcher: Dispatcher;
beforeEach(async () => {
  rig = await openRig();
});
afterEach(async () => {
  await dispatcher.stop();
  await rig.close();
});

/** Sends through a channel that gives these answers, one after the other, and then accepts. */
function dispatch(...answers: SendResult[]): void {
  const channel: Channel = {
    name: 'scripted',
    idempotency: { mode: 'correlate' },
    capabilities,
    owns: (address) => address === proxyAddress,
    send: async ({ deliveryId }) =>
      answers.shift() ?? { outcome: 'accepted', providerId: `provider's ${deliveryId}`, status: 'sent' },
  };
  dispatcher = startDeliveries(rig, channel, () => 1);
}

const throttle = (more: { scope?: 'sender'; retryAfterMs: number }): SendResult => ({
  outcome: 'rejected',
  error: { kind: 'throttle', code: '429', message: 'Slowly.', ...more },
});

it('may have arrived also when their sender was throttled before, and is when they are taken over', async () => {
  dispatch(throttle({ retryAfterMs: 1000 }));
  const message = await rig.say(await rig.converse(ann), 'hello');
  await dispatcher.idle();
  await dispatcher.stop();

  rig.clock.advance(1000);
  const dying = { kind: channelWork, limit: 1, lease: 'of one who died', leaseMs: 10_000 };
  expect(await rig.core.run(claimWork, actor, dying)).toHaveLength(1);

  dispatch(throttle({ scope: 'sender', retryAfterMs: 60_000 }));
  await rig.say(await rig.converse(bob), 'hello');
  await dispatcher.idle();
  rig.clock.advance(10_000);
  await dispatcher.idle();
  const note = (await rig.outbox()).find(({ payload }) => payload.includes(message.sid))?.last_error ?? '{}';
  expect(JSON.parse(note)).toMatchObject({ code: 'lease-expired', doubt: 0 });

  rig.clock.advance(50_000);
  await dispatcher.idle();
  expect(await rig.outbox()).toEqual([]);
  const attempts = await selectAttempts(rig.core.db, message.sid, 10);
  expect(attempts.map(({ outcome, changes }) => [outcome, changes])).toEqual([
    ['rejected', null],
    ['accepted', expect.stringContaining('may have come twice')],
  ]);
});
