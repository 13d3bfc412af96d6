/**
 * Whatever the network, the server and the page do: each message is sent once at most, those of a conversation in
 * their order, and whatever was promised is kept.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Client } from '../client.ts';
import type { ColloquyError } from '../errors.ts';
import { MemoryStorage } from '../testing/memory-storage.ts';
import { connected, inConversation } from '../testing/start.ts';
import { settle } from '../testing/turns.ts';

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('send' as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('up', 'down'), frames: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('cut', 'offline', 'online', 'busy', 'calm', 'reload') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('remove', 'retry'), nth: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('refuse'), frames: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('time'), ms: fc.constantFrom(0, 700, 30_000) }) },
) as fc.Arbitrary<{ do: string; frames?: number; nth?: number; ms?: number }>;

it('sends each message once, in order, and keeps its word', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const storage = new MemoryStorage();
      let world: Awaited<ReturnType<typeof connected>> = await inConversation({ storage });
      const { server } = world;
      const [sid] = [...server.conversations.keys()] as [string];
      let count = 0;
      let busy = false;
      let refusals = 0;
      /** What became of each, by its body: an index, or the code of an error. */
      const outcomes = new Map<string, string>();
      /** Those that were asked for a second time lose their place. */
      const moved = new Set<string>();
      const removed = new Set<string>();
      server.turnsDown = (method) => {
        if (method !== 'messages.send') return undefined;
        if (busy) return 20503;
        return refusals-- > 0 ? 50511 : undefined;
      };
      const watch = (body: string, sent: Promise<number>) =>
        sent.then(
          (index) => outcomes.set(body, `at ${index}`),
          (error: ColloquyError) => outcomes.set(body, `refused ${error.code}`),
        );
      const nth = (client: Client, n: number) => client.pendingMessages[n % (client.pendingMessages.length || 1)];

      world.network.stop();
      for (const { do: what, frames = 0, nth: n = 0, ms = 0 } of steps) {
        const { client, network, timers } = world;
        const { socket } = network;
        if (what === 'send') {
          const conversation = await Promise.race([client.getConversationBySid(sid), settle()]);
          if (conversation) void watch(String(++count), conversation.sendMessage(String(count)));
        } else if (what === 'up') for (let i = 0; i < frames; i += 1) socket.deliverUp();
        else if (what === 'down') for (let i = 0; i < frames; i += 1) socket.deliverDown();
        else if (what === 'cut') socket.cut();
        else if (what === 'online') network.online = true;
        else if (what === 'busy') busy = true;
        else if (what === 'calm') busy = false;
        else if (what === 'refuse') refusals = frames;
        else if (what === 'time') await timers.advance(ms);
        else if (what === 'remove') {
          const view = nth(client, n);
          if (view?.remove()) removed.add(view.body as string);
        } else if (what === 'retry') {
          const view = nth(client, n);
          if (view?.status === 'failed') {
            moved.add(view.body as string);
            void watch(view.body as string, view.retry());
          }
        } else if (what === 'offline') {
          network.online = false;
          socket.cut();
        } else if (what === 'reload') {
          await settle();
          await client.shutdown();
          await settle();
          world = await connected('alice', server, { storage });
          world.network.stop();
        }
        await settle();
      }

      busy = false;
      refusals = 0;
      world.network.online = true;
      world.network.flow();
      await world.timers.advance(120_000);
      await world.timers.advance(120_000);

      const there = [...(server.conversations.get(sid)?.messages.values() ?? [])].map(
        ({ data }) => data.body as string,
      );
      expect(new Set(there).size, 'none twice').toBe(there.length);
      const inOrder = there.filter((body) => !moved.has(body)).map(Number);
      expect(inOrder, 'in order').toEqual([...inOrder].sort((a, b) => a - b));
      const left = world.client.pendingMessages;
      expect(left.every(({ status }) => status === 'failed')).toBe(true);
      for (let n = 1; n <= count; n += 1) {
        const outcome = outcomes.get(String(n));
        if (outcome?.startsWith('at ')) expect(there[Number(outcome.slice(3))], `message ${n}`).toBe(String(n));
        // In one place, and only there: with the server, in the list of those that failed, or removed.
        const isLeft = left.some(({ body }) => body === String(n));
        const places = [there.includes(String(n)), isLeft, removed.has(String(n))];
        expect(places.filter(Boolean), `message ${n}`).toHaveLength(1);
      }
      await world.client.shutdown();
    }),
    { numRuns: 500 },
  );
}, 120_000);
