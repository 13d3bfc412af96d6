// @vitest-environment happy-dom
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FakeConversation } from '../../client/src/testing/fake-server.ts';
import { settle } from '../../client/src/testing/turns.ts';
import type { Messages } from './message-window.ts';
import { settled, world } from './testing/world.tsx';
import { useMessages } from './use-messages.ts';

const pageSize = 3;

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('write'), nth: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('edit', 'remove'), nth: fc.nat(40) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('older', 'newer', 'newest'), nth: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('jump'), nth: fc.nat(40) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('up', 'down'), nth: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('overtake'), nth: fc.integer({ min: 1, max: 6 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('flow', 'stop', 'stop', 'cut', 'trim'), nth: fc.constant(0) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('out', 'in'), nth: fc.constant(0) }) },
);

type World = Awaited<ReturnType<typeof world>>;

function play({ do: what, nth }: { do: string; nth: number }, world: World, messages: () => Messages): void {
  const { server, network, sid, bob, write } = world;
  const there = server.conversations.get(sid) as FakeConversation;
  const index = [...there.messages.keys()][nth];
  const key = crypto.randomUUID();
  if (what === 'write') for (let at = 0; at < nth; at += 1) write(`${there.nextIndex}`);
  else if (what === 'older') messages().loadOlder();
  else if (what === 'newer') messages().loadNewer();
  else if (what === 'newest') messages().jumpTo();
  else if (what === 'jump') messages().jumpTo(nth);
  else if (what === 'up') for (let at = 0; at < nth; at += 1) network.socket.deliverUp();
  else if (what === 'down') for (let at = 0; at < nth; at += 1) network.socket.deliverDown();
  else if (what === 'overtake') network.socket.deliverDown(Math.min(nth, network.socket.down.length - 1));
  else if (what === 'flow') network.flow();
  else if (what === 'stop') network.stop();
  else if (what === 'cut') network.socket.cut();
  else if (what === 'trim') server.trim(sid);
  else if (what === 'edit' && index !== undefined) {
    bob('messages.update', { conversation: sid, index, body: `${index}, better`, key });
  } else if (what === 'remove' && index !== undefined) {
    bob('messages.remove', { conversation: sid, index, key });
  } else if (what === 'out' && server.member(there, 'alice')) {
    bob('participants.remove', { conversation: sid, participant: 'alice', key });
  } else if (what === 'in' && !server.member(there, 'alice')) {
    bob('participants.add', { conversation: sid, identity: 'alice', key });
  }
}

/** What the list says of the part of the conversation that it shows has to be so. */
function compare({ messages, hasOlder, hasNewer, status }: Messages, there: FakeConversation): void {
  const all = [...there.messages.values()].map(({ data }) => ({ index: data.index, body: data.body }));
  const shown = messages.map(({ index, body }) => ({ index, body }));
  expect(status).toBe('ready');
  const from = hasOlder ? (shown[0]?.index ?? Number.POSITIVE_INFINITY) : 0;
  const to = hasNewer ? (shown.at(-1)?.index ?? -1) : Number.POSITIVE_INFINITY;
  expect(shown).toEqual(all.filter(({ index }) => index >= from && index <= to));
}

async function run(steps: { do: string; nth: number }[], maxMessages: number): Promise<void> {
  const started = await world();
  const there = started.server.conversations.get(started.sid) as FakeConversation;
  for (let index = 0; index < 8; index += 1) started.write(`${index}`);
  await settled();
  const { result, unmount } = await started.hook(() => useMessages(started.conversation, { pageSize, maxMessages }));
  const latest = () => result.current;
  for (const one of steps) {
    await settled(async () => {
      play(one, started, latest);
      await settle();
    });
    const indexes = latest().messages.map(({ index }) => index);
    expect(indexes).toEqual([...new Set(indexes)].sort((a, b) => a - b));
    expect(indexes.length).toBeLessThanOrEqual(maxMessages);
  }
  play({ do: 'in', nth: 0 }, started, latest);
  started.network.flow();
  started.network.socket.cut();
  await settled(() => started.timers.advance(120_000));
  compare(latest(), there);
  while (latest().hasNewer) await settled(() => latest().loadNewer());
  compare(latest(), there);
  while (latest().hasOlder && latest().messages.length + pageSize <= maxMessages) {
    await settled(() => latest().loadOlder());
  }
  compare(latest(), there);
  unmount();
  await settled();
}

test.each([7, 1000])('Whatever happens, the list ends as that part of the conversation (%i at most).', async (most) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) => run(steps, most)),
    { numRuns: 100 },
  );
});
