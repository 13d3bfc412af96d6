/**
 * Several nodes over one log, with a network that loses, doubles, delays and reorders: each client is told exactly what
 * happened in the conversations of its user while he was in them.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SharedBus } from '../../bus/shared/shared-bus.ts';
import type { LoggedEvent } from '../../storage/driver.ts';
import { type Fate, LossyNetwork } from '../../testing/lossy-network.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { MemoryLog } from '../../testing/memory-log.ts';
import { Hub } from './hub.ts';
import type { Subscriber } from './subscriber.ts';

const users = ['US1', 'US2'];
const conversations = ['CH1', 'CH2'];

interface Stay {
  conversation: string;
  /** What comes after that position is his to hear. */
  after: number;
  /** Up to that one; undefined while he is in. */
  upTo?: number;
}

class World {
  readonly log = new MemoryLog();
  readonly clock = new ManualClock();
  readonly errors: unknown[] = [];
  readonly network: LossyNetwork;
  readonly nodes: { bus: SharedBus; hub: Hub }[] = [];
  readonly clients: Client[] = [];
  /** Who is in which conversation, and who was. */
  readonly stays = new Map(users.map((user) => [user, [] as Stay[]]));

  constructor(fate: () => Fate) {
    this.network = new LossyNetwork(fate);
  }

  async open(count: number, hasCarrier: boolean): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      const bus = new SharedBus({
        log: this.log,
        ...(hasCarrier && { carrier: this.network.join() }),
        clock: this.clock,
        staysHere: () => false,
        onError: (error) => this.errors.push(error),
      });
      await bus.start();
      this.nodes.push({ bus, hub: new Hub(bus, (error) => this.errors.push(error)) });
    }
  }

  stayOf(user: string, conversation: string): Stay | undefined {
    return this.stays.get(user)?.find((stay) => stay.conversation === conversation && stay.upTo === undefined);
  }

  /** @returns the events of a change, as the core writes them */
  change({ kind, user, conversation }: Change): LoggedEvent[] {
    const stay = this.stayOf(user, conversation);
    if (kind === 'message') return [this.log.append(conversation, 'message.added', {})];
    if (kind === 'rename') return [this.log.append(user, 'user.updated', {})];
    if (kind === 'add') {
      if (stay) return [];
      const added = this.log.append(conversation, 'participant.added', { userSid: user });
      const { position } = added;
      this.stays.get(user)?.push({ conversation, after: position });
      const membership = { conversationSid: conversation };
      return [added, this.log.append(user, 'membership.added', { membership, position })];
    }
    if (!stay) return [];
    const removed = this.log.append(conversation, 'participant.removed', { userSid: user });
    stay.upTo = removed.position;
    const membership = { conversationSid: conversation };
    return [removed, this.log.append(user, 'membership.removed', { membership, reason: 'left' })];
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 60; turn += 1) await new Promise(setImmediate);
  }

  /** Whatever is wrong heals. */
  async heal(): Promise<void> {
    this.log.away = undefined;
    this.network.reconnect();
    for (let second = 0; second < 4; second += 1) {
      await this.settle();
      this.clock.advance(1000);
    }
    await this.settle();
  }

  async close(): Promise<void> {
    for (const { bus } of this.nodes) await bus.close();
  }
}

/** Does what a session does that connects: listens, reads a snapshot, and lets through what is not in it. */
class Client implements Subscriber {
  readonly user: string;
  readonly heard: LoggedEvent[] = [];
  /** Where the streams stood in what it read at first. */
  shown = new Map<string, number>();
  #held: LoggedEvent[] | undefined = [];
  wasInterrupted = false;

  constructor(user: string) {
    this.user = user;
  }

  async connect(world: World, hub: Hub): Promise<void> {
    await hub.listen(this, this.user);
    const out = new Map<string, number>();
    let listened: string[] = [];
    for (;;) {
      const followed = conversations.filter((conversation) => world.stayOf(this.user, conversation));
      const fresh = followed.filter((stream) => !listened.includes(stream));
      for (const stream of fresh) out.delete(stream);
      await hub.listenAll(this, fresh);
      const left = listened.filter((stream) => !followed.includes(stream));
      for (const stream of left) hub.stopListening(this, stream);
      const heads = await world.log.heads(left);
      for (const stream of left) out.set(stream, heads.get(stream) ?? 0);
      if (fresh.length + left.length === 0) break;
      listened = followed;
    }
    this.shown = new Map(out);
    for (const stream of [this.user, ...listened]) this.shown.set(stream, world.log.headOf(stream));
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#hear(held);
  }

  deliver(events: readonly LoggedEvent[], frames: () => Buffer): void {
    expect(new Set(events.map((event) => event.stream)).size).toBe(1);
    expect(frames().length).toBeGreaterThan(0);
    if (this.#held) this.#held.push(...events);
    else this.#hear(events);
  }
  #hear(events: readonly LoggedEvent[]): void {
    this.heard.push(...events.filter(({ stream, position }) => position > (this.shown.get(stream) ?? 0)));
  }
  cork(): void {}
  uncork(): void {}
  notify(): void {}
  userRemoved(): void {}
  interrupted(): void {
    this.wasInterrupted = true;
  }
}

interface Change {
  kind: 'message' | 'rename' | 'add' | 'remove';
  user: string;
  conversation: string;
}
type Step =
  | { step: 'commit'; node: number; changes: Change[]; told: boolean }
  | { step: 'connect'; node: number; user: string }
  | { step: 'leave'; client: number }
  | { step: 'deliver'; choice: number }
  | { step: 'wait'; milliseconds: number }
  | { step: 'turn' }
  | { step: 'network'; isDown: boolean }
  | { step: 'database'; isAway: boolean };

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('message', 'message', 'message', 'rename', 'add', 'add', 'remove', 'remove'),
  user: fc.constantFrom(...users),
  conversation: fc.constantFrom('CH1', 'CH1', 'CH1', 'CH2'),
});
const node = fc.nat(1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      step: fc.constant('commit' as const),
      node,
      changes: fc.array(change, { minLength: 1, maxLength: 4 }),
      // A node that dies between the two tells nobody.
      told: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
    }),
  },
  { weight: 3, arbitrary: fc.record({ step: fc.constant('connect' as const), node, user: fc.constantFrom(...users) }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('leave' as const), client: fc.nat(9) }) },
  { weight: 5, arbitrary: fc.record({ step: fc.constant('deliver' as const), choice: fc.nat(99) }) },
  {
    weight: 2,
    arbitrary: fc.record({ step: fc.constant('wait' as const), milliseconds: fc.constantFrom(10, 25, 400, 1000) }),
  },
  { weight: 6, arbitrary: fc.constant({ step: 'turn' as const }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('network' as const), isDown: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('database' as const), isAway: fc.boolean() }) },
);

async function play(world: World, steps: readonly Step[]): Promise<void> {
  const connecting: Promise<unknown>[] = [];
  for (const one of steps) {
    const at = 'node' in one ? world.nodes[one.node % world.nodes.length] : undefined;
    switch (one.step) {
      case 'commit': {
        const events = one.changes.flatMap((each) => world.change(each));
        if (one.told) at?.bus.publish({ events, woken: [] });
        break;
      }
      case 'connect': {
        const client = new Client(one.user);
        if (!at) break;
        // Whom the database cannot tell where it stands has to come again.
        const connected = client.connect(world, at.hub).then(
          () => world.clients.push(client),
          () => at.hub.leave(client, []),
        );
        connecting.push(connected);
        break;
      }
      case 'leave': {
        const client = world.clients[one.client];
        if (client) for (const { hub } of world.nodes) hub.leave(client, []);
        world.clients.splice(one.client, 1);
        break;
      }
      case 'deliver':
        world.network.deliverOne(one.choice);
        break;
      case 'wait':
        world.clock.advance(one.milliseconds);
        break;
      case 'turn':
        await new Promise(setImmediate);
        break;
      case 'network':
        if (one.isDown) world.network.isDown = true;
        else world.network.reconnect();
        break;
      default:
        world.log.away = one.isAway ? new Error('The database is away.') : undefined;
    }
  }
  await world.heal();
  await Promise.all(connecting);
  await world.heal();
}

/** What a client was told is what it had to be told, and nothing of what is not its user's. */
function judge(world: World, client: Client): void {
  if (client.wasInterrupted) return;
  const heard = (stream: string) =>
    client.heard.filter((event) => event.stream === stream).map((event) => event.position);
  const range = (after: number, upTo: number) => Array.from({ length: upTo - after }, (_, n) => after + n + 1);

  expect(heard(client.user)).toEqual(range(client.shown.get(client.user) ?? 0, world.log.headOf(client.user)));
  for (const conversation of conversations) {
    const rest = heard(conversation);
    for (const stay of world.stays.get(client.user) ?? []) {
      if (stay.conversation !== conversation) continue;
      const begin = Math.max(stay.after, client.shown.get(conversation) ?? 0);
      if (stay.upTo === undefined) {
        expect(rest.splice(0)).toEqual(range(begin, world.log.headOf(conversation)));
      } else {
        // His own stream may have said first that he is out: what he had not heard by then is none of his any more.
        let told = begin;
        while (rest[0] === told + 1 && told < stay.upTo) told = rest.shift() ?? told;
      }
    }
    expect(rest).toEqual([]);
  }
}

for (const { name, hasCarrier } of [
  { name: 'over a network that loses, doubles, delays and reorders', hasCarrier: true },
  { name: 'where nothing carries', hasCarrier: false },
]) {
  test(`Each client hears what its user may hear, in order, once and all of it, ${name}.`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 10, maxLength: 80 }),
        fc.infiniteStream(
          fc.constantFrom<Fate>('arrives', 'arrives', 'arrives', 'waits', 'waits', 'comes twice', 'is lost'),
        ),
        async (steps, fates) => {
          const world = new World(() => fates.next().value as Fate);
          await world.open(2, hasCarrier);
          await play(world, steps);
          for (const client of world.clients) judge(world, client);
          await world.close();
        },
      ),
      { numRuns: 300 },
    );
  });
}
