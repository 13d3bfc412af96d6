import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { account, openRig, type Rig } from '../../channels/test-rig.ts';
import { outboxLanes } from '../../doctor/checks/outbox.ts';
import { besideAnother } from '../../testing/beside-another.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { findPostgres } from '../../testing/run-postgres.ts';
import { abandonWork, claimWork, finishWork, retryWork, unclaimWork, type Work } from '../outbox/actions.ts';
import { acceptDelivery, failDelivery, postponeDelivery } from './actions.ts';
import { receiptOf } from './delivery-id.ts';
import { recordStatus } from './statuses.ts';

const actor = { kind: 'system', account } as const;
const person = { address: '+12025550123', proxyAddress: '+12025550100' };
const programs = findPostgres();

let rig: Rig;
let conversation: string;
const open = async (databaseUrl?: string) => {
  rig = await openRig(undefined, new ManualClock(), databaseUrl);
  conversation = await rig.converse(person);
};
afterEach(() => rig.close());

async function claim(): Promise<Work> {
  const [work] = await rig.core.run(claimWork, actor, { kind: 'channel', limit: 1, lease: 'mine', leaseMs: 60_000 });
  return work as Work;
}
/** Its words, and how it lies in its lane. */
const lane = async () => (await rig.outbox()).map(({ payload, state }) => [JSON.parse(payload).body, state]);
const attemptOf = ({ id, lease, payload }: Work) => ({
  ...{ conversation, receipt: receiptOf(id), delivery: id, message: JSON.parse(payload).message, lease },
  ...{ piece: 0, pieces: 1, attempt: 1, channel: 'test', changes: [], doubt: null, anew: false },
});
const failure = { outcome: 'rejected', kind: 'temporary', code: '1', message: 'Not now.' } as const;

/** Sends two texts: the provider takes the first and gives it back while the second is being sent, which is given out. */
async function sendTwo(): Promise<Work> {
  for (const body of ['one', 'two']) await rig.say(conversation, body);
  const first = await claim();
  const taken = { providerId: 'p1', status: null, leaseMs: 60_000, lane: first.lane };
  await rig.core.run(acceptDelivery, actor, { ...attemptOf(first), ...taken });
  const second = await claim();
  const refusal = { kind: 'credentials', code: '401', message: 'Who are you?', retryAfterMs: 1000 };
  const report = { channel: 'test', eventId: 'e', delivery: null, providerId: 'p1', expected: conversation };
  await rig.core.run(recordStatus, actor, { ...report, status: 'failed', errorCode: 30_000, refusal });
  return second;
}

describe('What a provider gives back while the next text of its lane is being sent', () => {
  beforeEach(() => open());
  afterEach(async () => expect((await outboxLanes.look(rig.core.db, '')).findings).toEqual([]));

  it('waits, in its old place.', async () => {
    await sendTwo();
    expect(await lane()).toEqual([
      ['one', 'waiting'],
      ['two', 'sending'],
    ]);
  });

  type Ending = (second: Work) => Promise<unknown>;
  it.each<[how: string, end: Ending]>([
    ['sent', (second) => rig.core.run(finishWork, actor, second)],
    ['given up', (second) => rig.core.run(failDelivery, actor, { ...attemptOf(second), failure, errorCode: 30_000 })],
  ])('is next when that is %s.', async (_how, end) => {
    await end(await sendTwo());
    expect((await lane()).filter(([, state]) => state !== 'dead')).toEqual([['one', 'pending']]);
  });

  it.each<[how: string, end: Ending]>([
    [
      'to be tried again',
      (second) => {
        const notBefore = rig.clock.now() + 500;
        return rig.core.run(postponeDelivery, actor, { ...attemptOf(second), failure, notBefore, counted: true });
      },
    ],
    [
      'put off',
      (second) => {
        const back = { notBefore: rig.clock.now(), error: null, counted: false };
        return rig.core.run(retryWork, actor, { ...second, ...back });
      },
    ],
    ['of nobody who heard of it', (second) => rig.core.run(unclaimWork, actor, { ...second, kind: 'channel' })],
    [
      'of nobody who heard that it was his',
      (second) => rig.core.run(abandonWork, actor, { ...second, id: 'the one before', kind: 'channel' }),
    ],
  ])('goes before it when that is %s.', async (_how, end) => {
    const second = await sendTwo();
    const told: string[] = [];
    rig.bus.subscribe(({ woken }) => told.push(...woken));
    await end(second);
    expect(told).toContain('channel');
    expect(await lane()).toEqual([
      ['one', 'pending'],
      ['two', 'waiting'],
    ]);
    expect(await claim()).toBeUndefined();
    rig.clock.advance(1000);
    await rig.core.run(finishWork, actor, await claim());
    expect(await lane()).toEqual([['two', 'pending']]);
  });
});

describe.skipIf(programs === undefined)('Beside another server that takes a text back', () => {
  const other = besideAnother(programs, open);

  it('the next one of its lane goes behind it, should it be tried again.', async () => {
    const second = await sendTwo();
    const takeBack =
      `SELECT FROM conversations WHERE sid = '${conversation}' FOR UPDATE; ` +
      "DELETE FROM outbox WHERE state = 'waiting'; " +
      "INSERT INTO outbox SELECT 'again', kind, lane, seq - 1, payload, 'waiting', 0, 0, NULL, NULL, NULL, 0, 0, NULL FROM outbox";
    const notBefore = rig.clock.now();
    const postponed = { ...attemptOf(second), failure, notBefore, counted: true };
    await other.behind(takeBack, () => rig.core.run(postponeDelivery, actor, postponed));
    expect((await rig.outbox()).map(({ id, state }) => [id, state])).toEqual([
      ['again', 'pending'],
      [second.id, 'waiting'],
    ]);
  });
});
