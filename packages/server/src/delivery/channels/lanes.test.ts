/** What waits in a lane, behind what is being sent to the same person. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Channel } from '../../channels/channel.ts';
import { ingestFor } from '../../channels/ingest.ts';
import { type SendRequest, type SendResult, textOf } from '../../channels/message.ts';
import { account, capabilities, openRig, type Rig, startDeliveries } from '../../channels/test-rig.ts';
import { claimWork, retryWork } from '../../core/outbox/actions.ts';
import { probeStorage } from '../../core/probe.ts';
import { acceptDelivery } from '../../core/receipts/actions.ts';
import { OutcomeUnknown, StorageUnavailable } from '../../storage/connection.ts';
import { turnsWhile } from '../../testing/turns.ts';
import type { NodeLife } from '../node-life.ts';
import type { Dispatcher } from '../outbox.ts';

const actor = { kind: 'system', account } as const;
const ann = { address: '+12025550123', proxyAddress: '+12025550100' };

let rig: Rig;
let dispatcher: Dispatcher;
let sends: SendRequest[];
/** Called when it is on disk that the provider has a message, before anybody has heard so. */
let onAccepted: () => void;
/** The same of a claim. */
let onClaimed: () => void;
/** Called before a command is run. */
let before: (command: string) => void;

beforeEach(async () => {
  rig = await openRig();
  sends = [];
  onAccepted = () => {};
  onClaimed = () => {};
  before = () => {};
});
afterEach(async () => {
  await dispatcher.stop();
  await rig.close();
});

type Answer = (request: SendRequest) => SendResult | Promise<SendResult>;
const accepted: Answer = ({ deliveryId }) => ({
  outcome: 'accepted',
  providerId: `p of ${deliveryId}`,
  status: 'sent',
});
const texts = () => sends.map(({ parts }) => textOf(parts));
const attempts = () => sends.map(({ parts, attempt }) => [textOf(parts), attempt]);
const eachOnce = [
  ['one', 1],
  ['two', 1],
  ['three', 1],
];

/** Lets everything happen for which no time has to pass. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await dispatcher.idle();
    await rig.core.run(probeStorage, actor, {});
  }
}

/** Has three messages wait, the first of them under way, and gives its answer. */
async function three(
  answer: Answer,
  more: { concurrency?: number; life?: NodeLife } = {},
): Promise<{ claims: () => number; finish(): void }> {
  const asked = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  let claims = 0;
  rig.core.intercept(async (run, proceed) => {
    if (run.command === claimWork) claims += 1;
    before(run.command.name);
    const answer = await proceed(run.input);
    if (run.command === acceptDelivery) onAccepted();
    if (run.command === claimWork) onClaimed();
    return answer;
  });
  const channel: Channel = {
    name: 'scripted',
    idempotency: { mode: 'provider' },
    capabilities,
    owns: (address) => address === ann.proxyAddress,
    send: async (request) => {
      sends.push(request);
      if (sends.length > 1) return accepted(request);
      asked.resolve();
      await held.promise;
      return answer(request);
    },
  };
  dispatcher = startDeliveries(rig, channel, () => 1, more);
  const conversation = await rig.converse(ann);
  for (const body of ['one', 'two', 'three']) await rig.say(conversation, body);
  await asked.promise;
  return { claims: () => claims, finish: held.resolve };
}

it('what waits for the same person is taken on as the one before it is settled, without being claimed', async () => {
  const { claims, finish } = await three(accepted);
  const before = claims();
  finish();
  await dispatcher.idle();
  expect(attempts()).toEqual(eachOnce);
  expect(claims()).toBe(before);
  expect(await rig.outbox()).toEqual([]);
});

it('what waits for the same person goes on though more calls wait than may: that it was sent is noted all the same', async () => {
  const { queue } = rig.core;
  const found: boolean[] = [];
  before = (command) => {
    if (command === acceptDelivery.name) found.push(queue.isFull);
  };
  const { finish } = await three((request) => {
    const call = { command: probeStorage.name, actor, input: undefined, now: rig.clock.now() };
    while (!queue.isFull) void queue.submit('probe', call);
    return accepted(request);
  });
  finish();
  await turnsWhile(() => sends.length < 3);
  await dispatcher.idle();
  expect(found[0]).toBe(true);
  expect(attempts()).toEqual(eachOnce);
  expect(await rig.outbox()).toEqual([]);
});

it('what waits for the same person is left for the next claim where all hands are full, so that nobody waits for others for ever', async () => {
  const { claims, finish } = await three(accepted, { concurrency: 1 });
  const before = claims();
  finish();
  await dispatcher.idle();
  expect(texts()).toEqual(['one', 'two', 'three']);
  expect(claims()).toBe(before + 2);
});

it('what waits for the same person is left for whoever claims it when its lane has been here for a second', async () => {
  const { claims, finish } = await three(accepted);
  const before = claims();
  rig.clock.advance(1000);
  finish();
  await dispatcher.idle();
  expect(texts()).toEqual(['one', 'two', 'three']);
  // From then on it is here for another second.
  expect(claims()).toBe(before + 1);
});

it('what waits for the same person waits behind it when a report was quicker than the answer, and says that the sender is refused', async () => {
  const ingest = ingestFor(rig, 'scripted');
  const error = { kind: 'billing', code: '402', message: 'Pay first.' } as const;
  const { finish } = await three(async ({ deliveryId }) => {
    const providerId = `p of ${deliveryId}`;
    await ingest([{ type: 'status', eventId: '1', providerId, status: 'failed', error, at: 0 }]);
    return { outcome: 'accepted', providerId, status: null };
  });
  finish();
  await dispatcher.idle();
  expect(texts()).toEqual(['one']);
  expect((await rig.outbox()).map(({ state, attempt }) => [state, attempt])).toEqual([
    ['pending', 0],
    ['waiting', 0],
    ['waiting', 0],
  ]);
  while ((await rig.outbox()).length > 0) {
    rig.clock.advanceToNext();
    await dispatcher.idle();
  }
  expect(texts()).toEqual(['one', 'one', 'two', 'three']);
});

it('what waits for the same person is claimed anew when nobody heard that it had been given out', async () => {
  const { finish } = await three(accepted);
  let lost = 0;
  onAccepted = () => {
    if (lost++ === 0) throw new OutcomeUnknown('PostgreSQL went away.');
  };
  finish();
  // Long before the lease ends.
  for (let step = 0; step < 20 && sends.length < 3; step += 1)
    await dispatcher.idle().then(() => rig.core.run(probeStorage, actor, {}));
  expect(attempts()).toEqual(eachOnce);
  expect(await rig.outbox()).toEqual([]);
});

it('what waits for the same person is there for everybody again when the server was stopped while it was given out', async () => {
  const { finish } = await three(accepted);
  let stopped: Promise<void> | undefined;
  onAccepted = () => {
    stopped = dispatcher.stop();
  };
  finish();
  await dispatcher.idle();
  await stopped;
  expect(texts()).toEqual(['one']);
  expect((await rig.outbox()).map(({ state, attempt, lease }) => [state, attempt, lease])).toEqual([
    ['pending', 0, null],
    ['waiting', 0, null],
  ]);
});

it('what waits for the same person is not begun when the server was unsure meanwhile: another may have it', async () => {
  const watchers: { unsure(): void; sure(): void }[] = [];
  const life = { isSure: true, node: 'one', watch: (one: (typeof watchers)[0]) => watchers.push(one) };
  const { finish } = await three(accepted, { life: life as unknown as NodeLife });
  let refused = 0;
  before = (command) => {
    if (command === retryWork.name && refused++ === 0) throw new StorageUnavailable('PostgreSQL is away.');
  };
  onAccepted = () => {
    if (sends.length > 1) return;
    life.isSure = false;
    for (const { unsure } of watchers) unsure();
    life.isSure = true;
  };
  finish();
  await settle();
  // It is put back as not begun, though not at the first try, and claimed like any other.
  expect(refused).toBe(2);
  rig.clock.advance(1000);
  await settle();
  expect(attempts()).toEqual(eachOnce);
});

it('what was claimed is claimed again as if it had not been when the server was unsure meanwhile, though it cannot be put back at once', async () => {
  const watchers: { unsure(): void }[] = [];
  const life = { isSure: true, node: 'one', watch: (one: (typeof watchers)[0]) => watchers.push(one) };
  let refused = 0;
  before = (command) => {
    if (command === retryWork.name && refused++ < 2) throw new StorageUnavailable('PostgreSQL is away.');
  };
  let claims = 0;
  onClaimed = () => {
    if (claims++ === 0) for (const { unsure } of watchers) unsure();
  };
  const waiting = three(accepted, { life: life as unknown as NodeLife });
  await turnsWhile(() => refused < 2);
  await settle();
  expect(texts()).toEqual([]);
  rig.clock.advance(1000);
  const { finish } = await waiting;
  finish();
  await settle();
  expect(attempts()).toEqual(eachOnce);
});

it('what was claimed and nobody heard of is claimed again as if it had not been', async () => {
  let lost = 0;
  onClaimed = () => {
    if (lost++ === 0) throw new OutcomeUnknown('PostgreSQL went away.');
  };
  // Long before the lease ends: no time passes.
  const { finish } = await three(accepted);
  finish();
  await settle();
  expect(attempts()).toEqual(eachOnce);
});
