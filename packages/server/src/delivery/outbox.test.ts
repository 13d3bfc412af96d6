import { afterEach, beforeEach, expect, it } from 'vitest';
import { memoryBus } from '../bus/memory/memory-bus.ts';
import { account, logger, openRig, type Rig } from '../channels/test-rig.ts';
import { Overloaded } from '../core/call-queue.ts';
import { claimWork, finishWork, type Work } from '../core/outbox/actions.ts';
import { probeStorage } from '../core/probe.ts';
import { channelWork } from '../core/receipts/plan.ts';
import { StorageUnavailable } from '../storage/connection.ts';
import { turnsWhile } from '../testing/turns.ts';
import { Dispatcher, type WorkHandler } from './outbox.ts';

const actor = { kind: 'system', account } as const;
const phone = (number: number) => ({ address: `+1202555${1000 + number}`, proxyAddress: '+12025550100' });

let rig: Rig;
let dispatcher: Dispatcher;
beforeEach(async () => {
  rig = await openRig();
});
afterEach(async () => {
  await dispatcher.stop();
  await rig.close();
});

function dispatch(handler: WorkHandler, more: { concurrency?: number; bus?: Rig['bus'] } = {}): void {
  const { core, clock } = rig;
  const { concurrency = 8, bus = rig.bus } = more;
  const options = { core, bus, clock, logger, account, kind: channelWork, handler, concurrency, leaseMs: 60_000 };
  dispatcher = new Dispatcher(options);
  dispatcher.start();
}

/** Work whose handling fails; whoever takes it over meets these troubles, one after the other, and then finishes it. */
function dispatchFailing(seen: string[], troubles: Error[] = []): void {
  dispatch({
    handle: async (work) => {
      seen.push(`handled ${work.attempt}`);
      throw new Error('the process has a bad day');
    },
    recover: async (work) => {
      seen.push(`recovered ${work.attempt}`);
      const trouble = troubles.shift();
      if (trouble) throw trouble;
      await rig.core.run(finishWork, actor, work);
    },
  });
}
const bodyOf = (work: Work): string => JSON.parse(work.payload).body;

/** Notes what it does. */
function diligent(done: string[]) {
  const handle = async (work: Work) => {
    done.push(bodyOf(work));
    await rig.core.run(finishWork, actor, work);
  };
  return { handle, recover: handle };
}

it('does what was left before it started, and what is added afterwards', async () => {
  const conversation = await rig.converse(phone(1));
  await rig.say(conversation, 'before');
  const done: string[] = [];
  dispatch(diligent(done));
  await dispatcher.idle();
  expect(done).toEqual(['before']);
  await rig.say(conversation, 'after');
  await dispatcher.idle();
  expect(done).toEqual(['before', 'after']);
});

it('begins nothing of what a claim brings that was under way when it was stopped', async () => {
  const conversation = await rig.converse(phone(1));
  await rig.say(conversation, 'hello');
  const done: string[] = [];
  dispatch(diligent(done));
  await dispatcher.stop();
  expect(done).toEqual([]);
  expect(await rig.outbox()).toMatchObject([{ state: 'pending', attempt: 0, lease: null }]);
});

it('finds work whose news it missed within half a minute', async () => {
  const done: string[] = [];
  dispatch(diligent(done), { bus: memoryBus(() => {}) });
  await dispatcher.idle();
  await rig.say(await rig.converse(phone(1)), 'hello');
  rig.clock.advance(29_999);
  await dispatcher.idle();
  expect(done).toEqual([]);
  rig.clock.advance(1);
  await dispatcher.idle();
  expect(done).toEqual(['hello']);
});

it('has no more under way than it may', async () => {
  const conversation = await rig.converse(...Array.from({ length: 30 }, (_, at) => phone(at)));
  await rig.say(conversation, 'hello');
  const done: string[] = [];
  let underWay = 0;
  let most = 0;
  const { handle } = diligent(done);
  const counting = async (work: Work) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await handle(work);
    underWay -= 1;
  };
  dispatch({ handle: counting, recover: counting }, { concurrency: 4 });
  await dispatcher.idle();
  expect(done).toHaveLength(30);
  expect(most).toBe(4);
});

it('has no more under way than it may though others left work behind, and much waits', async () => {
  const conversation = await rig.converse(...Array.from({ length: 50 }, (_, at) => phone(at)));
  await rig.say(conversation, 'hello');
  const left = { kind: channelWork, limit: 20, lease: 'of one who died', leaseMs: 1000 };
  expect(await rig.core.run(claimWork, actor, left)).toHaveLength(20);
  rig.clock.advance(1000);
  let underWay = 0;
  let most = 0;
  const seen = { handled: 0, recovered: 0 };
  const counting = (what: keyof typeof seen) => async (work: Work) => {
    underWay += 1;
    most = Math.max(most, underWay);
    // It takes longer than the next claim.
    await rig.core.run(probeStorage, actor, {});
    await rig.core.run(finishWork, actor, work);
    seen[what] += 1;
    underWay -= 1;
  };
  dispatch({ handle: counting('handled'), recover: counting('recovered') }, { concurrency: 12 });
  await dispatcher.idle();
  expect(most).toBe(12);
  expect(seen).toEqual({ handled: 30, recovered: 20 });
});

it('has what was left unsettled recovered when its lease runs out', async () => {
  await rig.say(await rig.converse(phone(1)), 'hello');
  const seen: string[] = [];
  dispatchFailing(seen);
  await dispatcher.idle();
  rig.clock.advance(59_999);
  await dispatcher.idle();
  expect(seen).toEqual(['handled 1']);
  rig.clock.advance(1);
  await dispatcher.idle();
  expect(seen).toEqual(['handled 1', 'recovered 1']);
  expect(await rig.outbox()).toEqual([]);
});

it('has work recovered as soon as the database is back that was away when its outcome was to be noted', async () => {
  await rig.say(await rig.converse(phone(1)), 'hello');
  let isAway = false;
  rig.core.intercept(async (run, proceed) => {
    if (isAway && run.command !== claimWork) throw new StorageUnavailable('PostgreSQL is away.');
    return proceed(run.input);
  });
  const seen: string[] = [];
  dispatch({
    handle: async (work) => {
      seen.push('handled');
      isAway = true;
      await rig.core.run(finishWork, actor, work);
    },
    recover: async (work) => {
      seen.push('recovered');
      await rig.core.run(finishWork, actor, work);
    },
  });
  await dispatcher.idle();
  rig.clock.advance(5000);
  await dispatcher.idle();
  expect(seen).toEqual(['handled']);
  isAway = false;
  // Long before the lease ends.
  for (let second = 0; second < 10 && seen.length < 2; second += 1) {
    rig.clock.advance(1000);
    await rig.core.run(probeStorage, actor, {});
    await dispatcher.idle();
  }
  expect(seen).toEqual(['handled', 'recovered']);
  expect(await rig.outbox()).toEqual([]);
});

it('has work recovered a second later that was turned away since too much waits, which is no fault of its own', async () => {
  await rig.say(await rig.converse(phone(1)), 'hello');
  const seen: string[] = [];
  const note = async (what: string, work: Work) => {
    seen.push(`${what} ${work.attempt}`);
    if (seen.length < 3) throw new Overloaded('Too many calls are waiting.');
    await rig.core.run(finishWork, actor, work);
  };
  dispatch({ handle: (work) => note('handled', work), recover: (work) => note('recovered', work) });
  for (const expected of [['handled 1'], ['handled 1', 'recovered 1'], ['handled 1', 'recovered 1', 'recovered 1']]) {
    await turnsWhile(() => seen.length < expected.length);
    await dispatcher.idle();
    rig.clock.advance(999);
    await rig.core.run(probeStorage, actor, {});
    await dispatcher.idle();
    expect(seen).toEqual(expected);
    rig.clock.advance(1);
  }
  expect(await rig.outbox()).toEqual([]);
});

it('has work of which nobody knows what became of it recovered until somebody knows, and does not begin it as if it were new', async () => {
  await rig.say(await rig.converse(phone(1)), 'hello');
  const seen: string[] = [];
  const troubles = [new StorageUnavailable('PostgreSQL is away.'), new Error('It cannot be read.')];
  dispatchFailing(seen, troubles);
  await dispatcher.idle();
  rig.clock.advance(60_000);
  // The one who was away is back at once, and is no reason to wait.
  await turnsWhile(() => troubles.length > 0);
  await dispatcher.idle();
  expect(seen).toEqual(['handled 1', 'recovered 1', 'recovered 1']);
  expect(await rig.outbox()).toMatchObject([{ state: 'sending', attempt: 2, last_error: null }]);
  rig.clock.advance(60_000);
  await dispatcher.idle();
  expect(seen).toEqual(['handled 1', 'recovered 1', 'recovered 1', 'recovered 2']);
  expect(await rig.outbox()).toEqual([]);
});

it('puts aside in the end what can be neither done nor settled, so that the lane goes on', async () => {
  const conversation = await rig.converse(phone(1));
  await rig.say(conversation, 'poison');
  await rig.say(conversation, 'next');
  const done: string[] = [];
  const { handle } = diligent(done);
  const choking = async (work: Work) => {
    if (bodyOf(work) === 'poison') throw new Error('it cannot be swallowed');
    await handle(work);
  };
  dispatch({ handle: choking, recover: choking });
  for (let step = 0; step < 1000 && done.length === 0; step += 1) {
    await dispatcher.idle();
    rig.clock.advanceToNext();
  }
  await dispatcher.idle();
  expect(done).toEqual(['next']);
  expect((await rig.outbox()).map((row) => [row.state, row.attempt])).toEqual([['dead', 24]]);
});
