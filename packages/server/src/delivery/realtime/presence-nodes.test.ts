import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SharedBus } from '../../bus/shared/shared-bus.ts';
import { logOf } from '../../bus-choice.ts';
import { Core } from '../../core/core.ts';
import { buryNode } from '../../core/nodes.ts';
import { updateServiceConfiguration } from '../../core/services/actions.ts';
import { reachabilityOf } from '../../core/users/reachability.ts';
import { LossyNetwork } from '../../testing/lossy-network.ts';
import { type OpenCore, openCore, testAccount } from '../../testing/open-core.ts';
import { NodeLife } from '../node-life.ts';
import { Presence } from './presence.ts';

const logger = pino({ level: 'silent' });
const network = new LossyNetwork(() => 'arrives');

interface Node {
  core: Core;
  bus: SharedBus;
  presence: Presence;
  life: NodeLife;
  /** Who was told to be online or not. */
  told: [identity: string, online: boolean | null][];
}

let at: OpenCore;
const nodes: Node[] = [];

/** One more process of the same database. */
async function openNode(): Promise<Node> {
  const bus = new SharedBus({
    log: logOf(at.storage),
    carrier: network.join(),
    clock: at.clock,
    staysHere: () => false,
    onError: (error) => {
      throw error;
    },
  });
  await bus.start();
  const core = new Core(at.storage, bus, at.clock);
  const life = new NodeLife({ core, account: testAccount, logger, monotonic: () => at.clock.now() });
  life.start();
  const node: Node = { core, bus, life, presence: new Presence(core, bus, logger, testAccount, life), told: [] };
  bus.onSignal((signal) => {
    if (signal.type === 'user') node.told.push([signal.user.identity, signal.user.isOnline]);
  });
  await node.presence.settled();
  nodes.push(node);
  return node;
}

/** Every node does what it does every two seconds. */
async function pass(seconds: number, ...running: Node[]): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 2) {
    at.clock.advance(2000);
    for (let turn = 0; turn < 5; turn += 1) {
      for (const { presence } of running) await presence.settled();
      await new Promise(setImmediate);
    }
  }
}

const isOnline = async (user: string) => (await reachabilityOf(at.core.db, user)).isOnline;

beforeEach(async () => {
  at = await openCore();
  await at.core.run(updateServiceConfiguration, at.account, { service: at.service, reachabilityEnabled: true });
});
afterEach(async () => {
  for (const { presence, life, bus } of nodes.splice(0)) {
    await presence.stop();
    await life.stop();
    await bus.close();
  }
  await at.discard();
});

test('A user is online as long as he is connected to some node.', async () => {
  const [here, there] = [await openNode(), await openNode()];
  const ann = await at.user('ann');
  there.bus.feeds.listen([ann.user]);
  await there.bus.feeds.ready([ann.user]);
  const [first, second] = [{}, {}];
  await here.presence.enter(first, ann);
  await there.presence.enter(second, ann);
  here.presence.exit(first);
  await pass(10, here, there);
  expect(await isOnline(ann.user)).toBe(true);
  there.presence.exit(second);
  await pass(10, here, there);
  expect(await isOnline(ann.user)).toBe(false);
  expect(there.told).toEqual([
    ['ann', true],
    ['ann', false],
  ]);
});

test('Nobody stays online at a node that died, and whoever has come back elsewhere does not seem to leave.', async () => {
  const [here, there] = [await openNode(), await openNode()];
  const [ann, ben] = [await at.user('ann'), await at.user('ben')];
  for (const user of [ann, ben]) await here.presence.enter({}, user);
  // It notes nothing any more, as if it stood still.
  await here.presence.stop();
  await here.life.stop();
  await there.presence.enter({}, ben);
  await pass(15, there);
  expect(await isOnline(ann.user)).toBe(true);
  await pass(15, there);
  expect([await isOnline(ann.user), await isOnline(ben.user)]).toEqual([false, true]);
  expect(there.told).toEqual([['ann', false]]);
  expect(await at.core.db.sql.selectFrom('nodes').selectAll().execute()).toHaveLength(1);
});

test('A node that was taken for dead notes all its users again, and who comes then.', async () => {
  const node = await openNode();
  const [ann, ben] = [await at.user('ann'), await at.user('ben')];
  await node.presence.enter({}, ann);
  const [row] = await at.core.db.sql.selectFrom('nodes').selectAll().execute();
  if (!row) throw new Error('The node is not noted.');
  await at.core.run(buryNode, { kind: 'system', account: testAccount }, { ...row, isGone: false });
  const other = await openNode();
  await pass(30, other);
  await node.presence.enter({}, ben);
  await pass(5, node, other);
  expect([await isOnline(ann.user), await isOnline(ben.user)]).toEqual([true, true]);
  const rows = await at.core.db.sql.selectFrom('connected_users').select('node').distinct().execute();
  expect(rows.map(({ node: name }) => name)).not.toContain(row.node);
});

test('A clock that jumps makes no node look dead.', async () => {
  const [here, there] = [await openNode(), await openNode()];
  const ann = await at.user('ann');
  await here.presence.enter({}, ann);
  for (let hours = 0; hours < 10; hours += 1) {
    at.clock.advance(3_600_000);
    await pass(0, here, there);
    for (const { presence } of [here, there]) await presence.settled();
  }
  expect(await isOnline(ann.user)).toBe(true);
});
