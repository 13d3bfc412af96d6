import { afterEach, beforeEach, expect, it } from 'vitest';
import { capabilities, openRig, type Rig, startDeliveries } from '../../channels/test-rig.ts';
import type { Dispatcher } from '../outbox.ts';

const proxyAddress = '+12025550100';

let rig: Rig;
let dispatcher: Dispatcher;
beforeEach(async () => {
  rig = await openRig();
});
afterEach(async () => {
  await dispatcher.stop();
  await rig.close();
});

it('sends nothing that it was still preparing when it gave up', async () => {
  const sent: string[] = [];
  const channel = {
    name: 'scripted',
    idempotency: { mode: 'provider' },
    capabilities,
    // It is looked up when all else is ready.
    owns: () => {
      void dispatcher.stop();
      rig.clock.advance(5_000);
      return true;
    },
    send: async ({ deliveryId }: { deliveryId: string }) => {
      sent.push(deliveryId);
      return { outcome: 'accepted', providerId: deliveryId, status: 'sent' } as const;
    },
  } as const;
  dispatcher = startDeliveries(rig, channel, () => 1);
  await rig.say(await rig.converse({ address: '+12025550123', proxyAddress }), 'one');
  await dispatcher.idle();
  expect(sent).toEqual([]);
  expect((await rig.outbox()).map(({ state, attempt }) => [state, attempt])).toEqual([['pending', 0]]);
});
