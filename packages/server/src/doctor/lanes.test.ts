import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DamagedWorld, openDamagedWorld } from '../testing/damaged-world.ts';

const columns =
  '(id, kind, lane, seq, payload, state, attempt, not_before, lease, lease_until, last_error, date_created, date_updated)';

let world: DamagedWorld;
beforeAll(async () => {
  world = await openDamagedWorld();
});
afterAll(() => world.discard());

const work = (id: string, lane: string, seq: number, state: string, kind = 'push', lease = 'NULL') =>
  `INSERT INTO outbox ${columns} VALUES ('${id}', '${kind}', '${lane}', ${seq}, '{}', '${state}', 0, 0, ${lease}, ${lease === 'NULL' ? 'NULL' : '1'}, NULL, 0, 0)`;
const lanes: readonly (readonly [what: string, rows: string[], sentence: string])[] = [
  ['work that waits behind nothing', [work('b', 'lane', 2, 'waiting')], 'nothing is before it'],
  [
    'work behind what has failed for good',
    [work('a', 'lane', 1, 'dead'), work('b', 'lane', 2, 'waiting')],
    'nothing is before it',
  ],
  [
    'a lane with two heads',
    [work('a', 'lane', 1, 'pending'), work('b', 'lane', 2, 'pending')],
    'It has two heads, a and b',
  ],
  [
    'a head that is not the first',
    [work('a', 'lane', 1, 'waiting'), work('b', 'lane', 2, 'pending')],
    'Its head b is not the first of it: a waits',
  ],
  [
    'what has failed for good and holds its lane up',
    [work('a', 'lane', 1, 'dead'), work('b', 'lane', 2, 'sending', 'push', "'x'")],
    'The work a has failed for good and is in its lane all the same',
  ],
  ['a state that there is not', [work('a', 'lane', 1, 'asleep')], 'in the state asleep, which there is not.'],
  ['work in nobody’s hands', [work('a', 'lane', 1, 'sending')], 'being done by nobody'],
  ['a lease of nothing', [work('a', 'lane', 1, 'pending', 'push', "'x'")], 'has a lease all the same'],
  ['work of no kind', [work('a', 'lane', 1, 'pending', 'magic')], 'Nobody does work of the kind magic.'],
  ['a request that is not in the delivery log', [work('a', 'lane', 1, 'pending', 'webhook')], 'as unknown'],
  [
    'a request that nobody makes',
    ["INSERT INTO webhook_deliveries VALUES ('w', '', '', NULL, '', '', 'http://x/', '', '[]', 'pending', 0, 0, 0)"],
    'The request to http://x/ is pending, and nobody is going to make it',
  ],
  [
    'work for a message that never came',
    [
      `INSERT INTO outbox ${columns} VALUES ('a', 'inbound', 'lane', 1, '{"channel":"c","eventId":"e"}', 'pending', 0, 0, NULL, NULL, NULL, 0, 0)`,
    ],
    'The message that it would take in is unknown.',
  ],
];
test.each(lanes)('The doctor names %s.', async (_what, rows, sentence) => {
  expect(await world.afterDamage(...rows)).toContainEqual(expect.stringContaining(sentence));
});

test.each([
  ['in a state that there is not', [work('a', 'lane', 1, 'asleep')]],
  ['in a state that there is not, before others', [work('a', 'lane', 1, 'asleep'), work('b', 'lane', 2, 'waiting')]],
  ['that failed for good and holds its lane up', [work('a', 'lane', 1, 'dead'), work('b', 'lane', 2, 'waiting')]],
  ['of no kind', [work('a', 'lane', 1, 'pending', 'magic'), work('b', 'lane', 2, 'waiting')]],
  [
    'of no kind behind other such work',
    [
      work('a', 'lane', 1, 'sending', 'magic', "'x'"),
      work('b', 'lane', 2, 'waiting', 'magic'),
      work('c', 'lane', 3, 'waiting'),
    ],
  ],
  ['in nobody’s hands', [work('a', 'lane', 1, 'sending'), work('b', 'lane', 2, 'waiting')]],
  ['that is a second head', [work('a', 'lane', 1, 'pending'), work('b', 'lane', 2, 'pending')]],
])('The doctor says how to put right work %s, and its lane goes on.', async (_what, rows) => {
  const said = (await world.findingsAfter(...rows)).map(({ remedy }) => remedy);
  expect(said).not.toEqual([]);
  expect(said).not.toContainEqual(expect.not.stringContaining(' run: '));
  const statements = said.map((remedy) => remedy.replace(/^.* run: /, ''));
  const next = `INSERT INTO outbox ${columns} SELECT 'next', 'push', 'lane', 9, '{}', CASE WHEN EXISTS (SELECT * FROM outbox WHERE lane = 'lane') THEN 'waiting' ELSE 'pending' END, 0, 0, NULL, NULL, NULL, 0, 0`;
  expect(await world.afterDamage(...rows, ...statements, next)).toEqual([]);
});

test('The doctor has no objection to work in order, nor to what came back before what is being sent.', async () => {
  const rows = [
    work('e', 'another lane', 1, 'waiting'),
    work('f', 'another lane', 2, 'sending', 'push', "'x'"),
    work('g', 'another lane', 3, 'waiting'),
    work('a', 'lane/a', 1, 'dead'),
    work('b', 'lane', 2, 'sending', 'push', "'x'"),
    work('c', 'lane', 3, 'waiting'),
    work('d', 'lane', 4, 'waiting'),
  ];
  expect(await world.afterDamage(...rows)).toEqual([]);
});
