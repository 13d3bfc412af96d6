import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeParticipant } from '../../core/participants/actions.ts';
import { type OpenRealtime, openRealtime } from '../../testing/open-realtime.ts';
import type { RawClient } from '../../testing/raw-client.ts';

let at: OpenRealtime;
let ann: RawClient;
beforeAll(async () => {
  at = await openRealtime();
  ann = await at.connect('ann');
});
afterAll(() => at.discard());

const bodiesIn = async (conversation: string) =>
  (await ann.call('messages.list', { conversation, limit: 100 })).items.map(({ body }) => body);

test('A message after one that is under way is sent after it.', async () => {
  const conversation = await at.roomOf('ann');
  const answers = await Promise.all([
    ann.call('messages.send', { conversation, body: 'one', key: 'way 1' }),
    ann.call('messages.send', { conversation, body: 'two', key: 'way 2', after: 'way 1' }),
    ann.call('messages.send', { conversation, body: 'three', key: 'way 3', after: 'way 2' }),
  ]);
  expect(answers.map(({ index, body }) => [index, body])).toEqual([
    [0, 'one'],
    [1, 'two'],
    [2, 'three'],
  ]);
});

test('Behind a message that is turned away, all are, until it is sent.', async () => {
  const conversation = await at.roomOf('ann');
  const [first, ...behind] = await Promise.allSettled([
    ann.call('messages.send', { conversation, body: 'x'.repeat(32 * 1024 + 1), key: 'away 1' }),
    ann.call('messages.send', { conversation, body: 'two', key: 'away 2', after: 'away 1' }),
    ann.call('messages.send', { conversation, body: 'three', key: 'away 3', after: 'away 2' }),
  ]);
  expect(first).toMatchObject({ reason: { code: 50504 } });
  const refused = { code: 20412, data: { status: 412, help: expect.stringContaining('`after`') } };
  expect(behind).toMatchObject([{ reason: refused }, { reason: refused }]);
  expect(await bodiesIn(conversation)).toEqual([]);
  await ann.call('messages.send', { conversation, body: 'one', key: 'away 1' });
  await ann.call('messages.send', { conversation, body: 'two', key: 'away 2', after: 'away 1' });
  // It may go without the one before as well.
  await ann.call('messages.send', { conversation, body: 'three', key: 'away 3' });
  expect(await bodiesIn(conversation)).toEqual(['one', 'two', 'three']);
});

test('A message that was sent gets its answer again, whatever it says now of the one before.', async () => {
  const conversation = await at.roomOf('ann');
  const message = { conversation, body: 'one', key: 'again' };
  const sent = await ann.call('messages.send', message);
  for (const after of ['never sent', 'again', undefined]) {
    expect(await ann.call('messages.send', { ...message, ...(after && { after }) })).toEqual(sent);
  }
  await expect(ann.call('messages.send', { ...message, body: 'two' })).rejects.toMatchObject({ code: 20409 });
  expect(await bodiesIn(conversation)).toEqual(['one']);
});

test('Only a message of the same user comes before: no key of another, of another method, or its own.', async () => {
  const conversation = await at.roomOf('ann', 'ben');
  const ben = await at.connect('ben');
  await ben.call('messages.send', { conversation, body: 'x', key: 'of ben' });
  await ann.call('membership.update', { conversation, read: { mode: 'all' }, key: 'of reading' });
  for (const after of ['of ben', 'of reading', 'of itself', 'of nobody']) {
    const sending = ann.call('messages.send', { conversation, body: 'x', key: 'of itself', after });
    await expect(sending, after).rejects.toMatchObject({ code: 20412 });
  }
  expect(await bodiesIn(conversation)).toEqual(['x']);
});

test.each([
  [{ after: 'no key' }],
  [{ key: 'k', after: '' }],
  [{ key: 'k', after: 'x'.repeat(129) }],
  [{ key: 'k', after: 1 }],
])('What is no key, or comes without one of its own, is refused: %j.', async (params) => {
  const conversation = await at.roomOf('ann');
  const sending = ann.call('messages.send', { conversation, body: 'x', ...params } as never);
  await expect(sending).rejects.toMatchObject({ code: -32602, data: { help: expect.stringMatching(/^after: /) } });
});

test('Who has been removed is told that, and nothing of his is sent.', async () => {
  const conversation = await at.roomOf('ann');
  const input = { service: at.service, conversation, participant: 'ann' };
  await ann.call('messages.send', { conversation, body: 'one', key: 'removed 1' });
  await at.core.run(removeParticipant, at.account, input);
  const sending = ann.call('messages.send', { conversation, body: 'two', key: 'removed 2', after: 'removed 1' });
  await expect(sending).rejects.toMatchObject({ code: 50350 });
});

let chains = 0;

test('However often some are turned away and tried again, what was sent is in the order of the chain, once.', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 8 }), async (failures) => {
      const conversation = await at.roomOf('ann');
      chains += 1;
      const keys = failures.map((_, n) => `chain ${chains} ${n}`);
      for (let round = 0; round < 3; round += 1) {
        const sends = keys.map((key, n) => {
          // Too long a body stands for whatever turns a message away.
          const body = (failures[n] as number) > round ? 'x'.repeat(33_000) : String(n);
          const after = keys[n - 1];
          return ann.call('messages.send', { conversation, body, key, ...(after !== undefined && { after }) });
        });
        const settled = await Promise.allSettled(sends);
        const sent = settled.findIndex(({ status }) => status === 'rejected');
        const there = sent === -1 ? keys.length : sent;
        expect(settled.slice(there).every(({ status }) => status === 'rejected')).toBe(true);
        expect(await bodiesIn(conversation)).toEqual(keys.slice(0, there).map((_, n) => String(n)));
      }
      expect(await bodiesIn(conversation)).toHaveLength(keys.length);
    }),
    { numRuns: 25 },
  );
});
