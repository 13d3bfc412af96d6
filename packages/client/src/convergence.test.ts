import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Transport } from './connection/ways.ts';
import type { Conversation } from './conversation.ts';
import type { FakeConversation } from './testing/fake-server.ts';
import { FakeServer } from './testing/fake-server.ts';
import { as } from './testing/fake-session.ts';
import { play, type Step, step, Watcher } from './testing/script.ts';
import { start } from './testing/start.ts';
import { settle } from './testing/turns.ts';

/** Four conversations of Bob's, Alice in the first three, of which her first page shows two. */
async function begin(missedAtMost: number, transport: Transport) {
  const server = new FakeServer();
  server.pageSize = 2;
  server.missedAtMost = missedAtMost;
  server.changesAtMost = 3;
  const bob = as(server, 'bob');
  const sids = [0, 1, 2, 3].map((at) => {
    const { sid } = bob('conversations.create', { attributes: '"public"' }).conversation;
    bob('conversations.join', { conversation: sid });
    if (at < 3) bob('participants.add', { conversation: sid, identity: 'alice' });
    bob('messages.send', { conversation: sid, body: 'before everything' });
    return sid as string;
  });
  const world = start('alice', server, { transports: [transport] });
  const watcher = new Watcher(world);
  await settle();
  world.network.stop();
  return { ...world, watcher, sids };
}

type World = Awaited<ReturnType<typeof begin>>;

async function heal(world: World): Promise<void> {
  world.network.online = true;
  world.network.flow();
  // An event that was lost, and that none came after, shows with the next connection.
  world.network.socket.cut();
  // Long enough for any back-off, and for what is tried again after it.
  await world.timers.advance(120_000);
}

function compareMessages(
  conversation: Conversation,
  there: FakeConversation,
  world: World,
  withoutResets: boolean,
): void {
  const told = world.watcher.told.get(conversation);
  if (!told) throw new Error('Nobody said that she is in it.');
  const { announced } = told;
  announced.forEach((index, at) => {
    const before = announced[at - 1];
    if (before === undefined) return;
    // Nothing was skipped, but what was removed before a fresh look could show it.
    for (let skipped = before + 1; skipped < index; skipped += 1) {
      expect(withoutResets || there.messages.has(skipped), `message ${skipped} skipped`).toBe(false);
    }
  });
  const newest = Math.max(told.newest, announced.at(-1) ?? -1);
  for (let index = newest + 1; index < there.nextIndex; index += 1) {
    expect(there.messages.has(index), `message ${index} not announced`).toBe(false);
  }
  for (const message of told.held) expect(message._data).toEqual(there.messages.get(message.index)?.data);
  for (const [sid, body] of told.bodies) {
    const stored = [...there.messages.values()].find(({ data }) => data.sid === sid);
    expect(body, 'told by events').toBe(stored?.data.body);
  }
}

async function compare(world: World, withoutResets: boolean): Promise<void> {
  const { client, server, watcher, sids } = world;
  expect(client.connectionState).toBe('connected');
  expect(watcher.complaints).toEqual([]);
  expect(watcher.pending).toBe(0);
  for (const sid of sids) {
    const there = server.conversations.get(sid);
    const own = there && server.member(there, 'alice');
    const known = [...watcher.told.keys()].find((conversation) => conversation.sid === sid);
    if (!there || !own) {
      expect(known?.status ?? 'notParticipating').toBe('notParticipating');
      continue;
    }
    const conversation = await client.getConversationBySid(sid);
    expect(conversation).toBe(known ?? conversation);
    expect(conversation.status).toBe('joined');
    const { position: _position, ...shown } = conversation._data;
    expect(shown).toEqual(there.data);
    expect(conversation._membership).toEqual(server.membership(own));
    const participants = (await conversation.getParticipants()).map(({ _data }) => _data);
    const bySid = (a: { sid: string }, b: { sid: string }) => a.sid.localeCompare(b.sid);
    expect(participants.sort(bySid)).toEqual([...there.participants.values()].map(({ data }) => data).sort(bySid));
    compareMessages(conversation, there, world, withoutResets);
  }
}

function compareSends({ server, watcher, sids }: World): void {
  for (const { body, index, refused } of watcher.sends) {
    const added = server.log.filter(
      ({ type, data }) => type === 'message.added' && 'body' in data && data.body === body,
    );
    expect(added, body).toHaveLength(refused === undefined ? 1 : 0);
    if (index !== undefined) expect(added[0]?.data).toMatchObject({ index });
  }
  for (const sid of sids) {
    const indexes = watcher.sends.flatMap(({ conversation, index }) => (conversation === sid ? (index ?? []) : []));
    expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
  }
}

async function run(transport: Transport, steps: Step[], missedAtMost: number): Promise<void> {
  const world = await begin(missedAtMost, transport);
  const { sids, watcher } = world;
  let at = 0;
  for (const action of steps) await play(world, watcher, sids, action, ++at);
  await heal(world);
  const withoutResets = missedAtMost > steps.length && !steps.some((action) => action.do.startsWith('trim'));
  await compare(world, withoutResets);
  compareSends(world);
  await world.client.shutdown();
}

/** Scripts that found mistakes once. */
const examples: [Step[], number][] = [
  // A conversation is heard of by its event of a message; what came after that message is in the answer that shows it.
  [
    [
      { do: 'client sends', conversation: 0 },
      { do: 'send', conversation: 0 },
      { do: 'edit', conversation: 0, nth: 0 },
      { do: 'down', frames: 1 },
      { do: 'send', conversation: 0 },
    ],
    2,
  ],
  // The log tells that the user came in while the conversation is asked for; the answer is newer.
  [
    [
      { do: 'take out', conversation: 0 },
      { do: 'add', conversation: 3 },
      { do: 'down', frames: 1 },
      { do: 'lose', nth: 0 },
      { do: 'send', conversation: 3 },
      { do: 'down', frames: 1 },
      { do: 'send', conversation: 3 },
      { do: 'edit', conversation: 3, nth: 0 },
      { do: 'client sends', conversation: 0 },
    ],
    2,
  ],
  // Over requests, an event and an answer that is older come at once, and the event is heard first.
  [
    [
      { do: 'send', conversation: 0 },
      { do: 'client lists', conversation: 0 },
      { do: 'down', frames: 1 },
      { do: 'client marks', conversation: 0 },
      { do: 'rename', conversation: 0 },
      { do: 'take out', conversation: 1 },
      { do: 'trim own', conversation: 0 },
      { do: 'time', ms: 100 },
    ],
    2,
  ],
  // The program paged to messages that are newer than the last one it was told of, and not next to it.
  [
    [
      { do: 'send', conversation: 1 },
      { do: 'remove', conversation: 1, nth: 3 },
      { do: 'client sends', conversation: 1 },
      { do: 'down', frames: 2 },
      { do: 'client edits', conversation: 1, nth: 0 },
      ...Array.from({ length: 5 }, () => ({ do: 'send', conversation: 1 })),
      { do: 'edit', conversation: 0, nth: 0 },
    ],
    2,
  ],
  // A fresh look finds a message gone before the log tells that it came.
  [
    [
      { do: 'remove', conversation: 0, nth: 0 },
      { do: 'down', frames: 1 },
      { do: 'client sends', conversation: 0 },
      { do: 'send', conversation: 0 },
      { do: 'client removes', conversation: 0, nth: 0 },
      { do: 'remove', conversation: 0, nth: 0 },
      { do: 'client lists', conversation: 0 },
      { do: 'send', conversation: 1 },
    ],
    2,
  ],
  // The answer to a question that was asked earlier is older than the event that came first.
  [
    [
      { do: 'horizon', conversation: 0 },
      { do: 'client edits', conversation: 0, nth: 0 },
      { do: 'up', frames: 1 },
      { do: 'remove', conversation: 0, nth: 0 },
      { do: 'send', conversation: 0 },
      { do: 'overtake', nth: 4 },
      { do: 'down', frames: 3 },
      { do: 'describe bob', conversation: 0 },
    ],
    2,
  ],
  // In, out and in again, and the second stay is seen first.
  [
    [
      { do: 'horizon', conversation: 0 },
      { do: 'add', conversation: 3 },
      { do: 'take out', conversation: 3 },
      { do: 'down', frames: 1 },
      { do: 'add', conversation: 3 },
      { do: 'up', frames: 1 },
      { do: 'down', frames: 1 },
      { do: 'down', frames: 4 },
      { do: 'down', frames: 1 },
      { do: 'client sends', conversation: 0 },
    ],
    2,
  ],
  // Out and in again, and the gap in the first stay's stream reaches into the second.
  [
    [
      { do: 'send', conversation: 1 },
      { do: 'send', conversation: 0 },
      { do: 'lose', nth: 0 },
      { do: 'take out', conversation: 1 },
      { do: 'add', conversation: 1 },
      { do: 'lose', nth: 2 },
      { do: 'down', frames: 3 },
      { do: 'add carol', conversation: 1 },
      { do: 'client edits', conversation: 1, nth: 0 },
      { do: 'rename', conversation: 0 },
    ],
    2,
  ],
  // A fresh look at a conversation that the user's own stream shows meanwhile.
  [
    [
      { do: 'take out', conversation: 0 },
      { do: 'add', conversation: 3 },
      { do: 'down', frames: 1 },
      { do: 'lose', nth: 0 },
      { do: 'send', conversation: 3 },
      { do: 'down', frames: 1 },
      { do: 'send', conversation: 3 },
      { do: 'edit', conversation: 3, nth: 0 },
      { do: 'client sends', conversation: 0 },
    ],
    2,
  ],
  // A fresh look at everything, overtaken by another one.
  [
    [
      { do: 'client marks', conversation: 1 },
      { do: 'up', frames: 1 },
      { do: 'time', ms: 30_000 },
      { do: 'trim own', conversation: 0 },
      { do: 'time', ms: 30_000 },
      { do: 'up', frames: 1 },
      { do: 'down', frames: 1 },
      { do: 'take out', conversation: 1 },
      { do: 'rename', conversation: 0 },
    ],
    2,
  ],
  // A page that shows a message whose removal is told before the program has the page.
  [
    [
      { do: 'client edits', conversation: 0, nth: 0 },
      { do: 'client sends', conversation: 1 },
      { do: 'client sends', conversation: 1 },
      { do: 'rename', conversation: 0 },
      { do: 'client removes', conversation: 1, nth: 0 },
      { do: 'rename', conversation: 0 },
      { do: 'client edits', conversation: 1, nth: 0 },
      { do: 'rename', conversation: 1 },
      { do: 'send', conversation: 1 },
      { do: 'client sends', conversation: 0 },
      { do: 'client marks', conversation: 1 },
      { do: 'overtake', nth: 3 },
      { do: 'client edits', conversation: 0, nth: 0 },
      { do: 'lose', nth: 0 },
    ],
    2,
  ],
  // The same over requests, after a fresh look at everything.
  [
    [
      { do: 'client removes', conversation: 2, nth: 0 },
      { do: 'client edits', conversation: 2, nth: 0 },
      { do: 'up', frames: 1 },
      { do: 'down', frames: 1 },
      { do: 'cut' },
      { do: 'send', conversation: 2 },
      { do: 'horizon', conversation: 0 },
      { do: 'trim own', conversation: 0 },
      { do: 'time', ms: 1500 },
      { do: 'up', frames: 1 },
      { do: 'down', frames: 1 },
      { do: 'client edits', conversation: 1, nth: 0 },
      { do: 'client sends', conversation: 0 },
      { do: 'send', conversation: 0 },
    ],
    2,
  ],
  // A fresh look at a conversation that is asked for twice; of a message that another answer brought in between it tells nothing.
  [
    [
      { do: 'client sends', conversation: 2 },
      { do: 'edit', conversation: 2, nth: 0 },
      { do: 'client edits', conversation: 2, nth: 0 },
      { do: 'time', ms: 30_000 },
      { do: 'up', frames: 1 },
      { do: 'time', ms: 30_000 },
      { do: 'rename', conversation: 2 },
      { do: 'up', frames: 1 },
      { do: 'down', frames: 1 },
      { do: 'up', frames: 2 },
      { do: 'down', frames: 2 },
      { do: 'up', frames: 2 },
      { do: 'send', conversation: 0 },
    ],
    2,
  ],
];

it.each<Transport>(['websocket', 'polling'])(
  'sees each event once and in order, and ends with what the server has, whatever the network does (%s)',
  async (transport) => {
    const script = fc.array(step, { minLength: 1, maxLength: 80, size: 'max' });
    const property = fc.asyncProperty(script, fc.constantFrom(2, 10_000), (steps, most) => run(transport, steps, most));
    await fc.assert(property, { numRuns: 300, examples });
  },
);
