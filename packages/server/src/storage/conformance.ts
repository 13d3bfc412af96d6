/**
 * What every storage driver has to do. A driver's own test calls `describeDriver` with a way to open it:
 * the same suite for SQLite and whatever follows.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createConversation, updateConversation } from '../core/conversations/actions.ts';
import { readEvents } from '../core/log.ts';
import { sendMessage } from '../core/messages/actions.ts';
import type { OpenCore } from '../testing/open-core.ts';
import type { Call } from './driver.ts';

export interface DriverUnderTest {
  name: string;
  /** Opens the core on the driver; with a directory of an earlier one, on its data. */
  open(directory?: string): Promise<OpenCore>;
}

export function describeDriver({ name, open }: DriverUnderTest): void {
  describe(`The ${name} driver`, () => {
    let at: OpenCore;
    beforeEach(async () => {
      at = await open();
    });
    afterEach(() => at.discard());

    const callFor = (conversation: string, body: string): Call => ({
      command: sendMessage.name,
      actor: at.account,
      input: { service: at.service, conversation, body },
      now: at.clock.now(),
    });
    const newConversation = async (): Promise<string> =>
      (await at.core.run(createConversation, at.account, { service: at.service })).sid;
    const indexesOf = async (conversation: string): Promise<number[]> => {
      const rows = await at.core.db.sql
        .selectFrom('messages')
        .select('idx')
        .where('conversation_sid', '=', conversation)
        .orderBy('idx')
        .execute();
      return rows.map((row) => row.idx);
    };

    test('A call that is refused leaves no trace and does not touch the others of its batch.', async () => {
      const conversation = await newConversation();
      const { outcomes, events } = await at.storage.write(0, [
        callFor(conversation, 'one'),
        callFor(conversation, ''),
        callFor(`CH${'0'.repeat(32)}`, 'nowhere'),
        callFor(conversation, 'two'),
      ]);
      expect(outcomes.map((outcome) => (outcome.ok ? 'ok' : 'refusal' in outcome && outcome.refusal.code))).toEqual([
        'ok',
        50503,
        50350,
        'ok',
      ]);
      expect(events.map((event) => [event.type, event.position])).toEqual([
        ['message.added', 2],
        ['message.added', 3],
      ]);
      expect(await indexesOf(conversation)).toEqual([0, 1]);
    });

    test('A call that breaks (a mistake in the server) is answered as such, and the others commit.', async () => {
      const conversation = await newConversation();
      const broken: Call = { ...callFor(conversation, 'x'), command: 'no.such.command' };
      const { outcomes } = await at.storage.write(0, [broken, callFor(conversation, 'one')]);
      expect(outcomes[0]).toMatchObject({ ok: false, fault: expect.stringContaining('no.such.command') });
      expect(outcomes[1]).toMatchObject({ ok: true });
    });

    test('A call that breaks after it has written leaves no trace either.', async () => {
      const conversation = await newConversation();
      // The answer cannot be remembered under no key, and that comes last.
      const broken: Call = { ...callFor(conversation, 'x'), idempotency: { scope: 'me', key: null as never } };
      const { outcomes, events } = await at.storage.write(0, [broken, callFor(conversation, 'one')]);
      expect(outcomes[0]).toMatchObject({ ok: false, fault: expect.any(String) });
      expect(outcomes[1]).toMatchObject({ ok: true, value: { idx: 0, position: 2 } });
      expect(events.map((event) => event.position)).toEqual([2]);
      expect(await indexesOf(conversation)).toEqual([0]);
    });

    test('What was committed is there after closing and opening again, and counting goes on.', async () => {
      const conversation = await newConversation();
      await at.core.run(sendMessage, at.account, { service: at.service, conversation, body: 'before' });
      await at.close();
      at = await open(at.directory);
      const row = await at.core.run(sendMessage, at.account, { service: at.service, conversation, body: 'after' });
      expect([row.idx, row.position]).toEqual([1, 3]);
    });

    test('The reader sees a commit as soon as it is answered, with everything that belongs to it.', async () => {
      const conversation = await newConversation();
      let answered = false;
      const sent = at.core.run(sendMessage, at.account, { service: at.service, conversation, body: 'x' }).then(() => {
        answered = true;
      });
      while (!answered) {
        // One after the other: the second look may be of a later moment, and must not be of an earlier one.
        const messages = await indexesOf(conversation);
        const events = await readEvents(at.core.db, conversation, 1, 10);
        expect(events.length).toBeGreaterThanOrEqual(messages.length);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await sent;
      expect(await indexesOf(conversation)).toEqual([0]);
    });

    test('A unique name that two calls of one batch want goes to the first.', async () => {
      const create = (): Call => ({
        command: createConversation.name,
        actor: at.account,
        input: { service: at.service, uniqueName: 'room' },
        now: at.clock.now(),
      });
      const { outcomes } = await at.storage.write(0, [create(), create()]);
      expect(outcomes[0]).toMatchObject({ ok: true });
      expect(outcomes[1]).toMatchObject({ ok: false, refusal: { code: 50353 } });
    });

    test('A call repeated with its idempotency key gets the first answer and changes nothing.', async () => {
      const conversation = await newConversation();
      const call = { ...callFor(conversation, 'once'), idempotency: { scope: 'me', key: 'k1' } };
      const first = await at.storage.write(0, [call, call]);
      const again = await at.storage.write(0, [call]);
      expect(first.outcomes[1]).toEqual(first.outcomes[0]);
      expect(again.outcomes[0]).toEqual(first.outcomes[0]);
      expect(again.events).toEqual([]);
      expect(await indexesOf(conversation)).toEqual([0]);
      const other = await at.storage.write(0, [{ ...call, idempotency: { scope: 'you', key: 'k1' } }]);
      expect(other.events).toHaveLength(1);
    });

    test('Whoever reads on from the settled event misses nothing, whatever is written side by side.', async () => {
      const { storage } = at;
      const lanes = Array.from({ length: storage.lanes }, (_, lane) => lane);
      const conversations = await Promise.all(lanes.map(newConversation));
      const { sql } = at.core.db;
      const after = async (id: number): Promise<number[]> =>
        (await sql.selectFrom('events').select('id').where('id', '>', id).execute()).map((event) => event.id);
      const begin = await storage.settledEvent();
      let isWriting = true;
      const written = Promise.all(
        lanes.map(async (lane) => {
          const calls = (n: number) =>
            Array.from({ length: 1 + ((n + lane) % 7) }, () => callFor(conversations[lane] as string, 'x'));
          for (let n = 0; n < 40; n += 1) await storage.write(lane, calls(n));
        }),
      ).finally(() => {
        isWriting = false;
      });
      const seen = new Set<number>();
      for (let from = begin, isLast = false; !isLast; ) {
        isLast = !isWriting;
        const settled = await storage.settledEvent();
        for (const id of await after(from)) seen.add(id);
        expect(settled).toBeGreaterThanOrEqual(from);
        from = settled;
        // SQLite is read without waiting for anything, and the answers of the writers have to get through.
        await new Promise((resolve) => setImmediate(resolve));
      }
      await written;
      expect([...seen].sort((a, b) => a - b)).toEqual((await after(begin)).sort((a, b) => a - b));
      const newest = Math.max(...seen);
      await expect.poll(() => storage.settledEvent()).toBe(newest);
    });

    test('A name has one holder at a time.', async () => {
      const release = await at.storage.claim('pump', () => {});
      expect(release).toBeTypeOf('function');
      expect(await at.storage.claim('pump', () => {})).toBeUndefined();
      const other = await at.storage.claim('mill', () => {});
      await release?.();
      const again = await at.storage.claim('pump', () => {});
      expect(again).toBeTypeOf('function');
      await Promise.all([other?.(), again?.()]);
    });

    test('Whatever is written side by side, indexes and positions have no gap and no double, and the log agrees with the rows.', async () => {
      const conversations = await Promise.all([newConversation(), newConversation(), newConversation()]);
      const step = fc.record({
        conversation: fc.nat(2),
        what: fc.constantFrom('send', 'refused', 'rename'),
        wait: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
          let running: Promise<unknown>[] = [];
          for (const { conversation: n, what, wait } of steps) {
            const conversation = conversations[n] as string;
            const target = { service: at.service, conversation };
            running.push(
              what === 'rename'
                ? at.core.run(updateConversation, at.account, { ...target, friendlyName: 'x' })
                : at.core
                    .run(sendMessage, at.account, { ...target, body: what === 'send' ? 'x' : '' })
                    .catch((error) => expect(error.code).toBe(50503)),
            );
            if (wait) {
              await Promise.all(running);
              running = [];
            }
          }
          await Promise.all(running);
          for (const conversation of conversations) {
            const row = await at.core.db.sql
              .selectFrom('conversations')
              .selectAll()
              .where('sid', '=', conversation)
              .executeTakeFirstOrThrow();
            const events = await readEvents(at.core.db, conversation, 0, 10_000);
            expect(events.map((event) => event.position)).toEqual(events.map((_event, i) => i + 1));
            expect(events.length).toBe(row.head);
            const indexes = await indexesOf(conversation);
            expect(indexes).toEqual(indexes.map((_index, i) => i));
            expect(indexes.length).toBe(row.next_index);
            const logged = events
              .filter((event) => event.type === 'message.added')
              .map((event) => JSON.parse(event.data).index);
            expect(logged).toEqual(indexes);
          }
        }),
        { numRuns: 30 },
      );
    });
  });
}
