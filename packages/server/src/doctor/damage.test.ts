import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSqliteSnapshots } from '../storage/sqlite/snapshots.ts';
import { type OpenRest, openRest } from '../testing/open-rest.ts';
import { plantWorld, type World } from '../testing/world.ts';
import type { Finding } from './check.ts';
import { examine } from './examine.ts';

const columns =
  '(id, kind, lane, seq, payload, state, attempt, not_before, lease, lease_until, last_error, date_created, date_updated)';

const own = '+12025550100';
const none = (prefix: string) => `${prefix}${'0'.repeat(32)}`;

let at: OpenRest;
let world: World;
let file: string;

beforeAll(async () => {
  at = await openRest({ databaseUrl: undefined });
  world = await plantWorld(at, true, { proxy: own });
  const inside = `/v1/Conversations/${world['Conversations']}`;
  for (const Body of ['one', 'two', 'three']) await at.post(`${inside}/Messages`, { Body });
  const { sid } = await at.post(`${inside}/Messages`, { Body: 'removed' });
  await at.remove(`${inside}/Messages/${sid}`);
  await at.server.idle();
  await at.server.close();
  file = join(at.config.dataDir, 'colloquy.db');
});
afterAll(() => rmSync(at.config.dataDir, { recursive: true, force: true }));

/** What the doctor says of a copy of the world that somebody laid hands on. */
async function afterDamage(...statements: string[]): Promise<string[]> {
  return (await findingsAfter(...statements)).map(({ where, problem }) => `${where}: ${problem}`);
}

async function findingsAfter(...statements: string[]): Promise<Finding[]> {
  const copy = `${file}.damaged`;
  rmSync(copy, { force: true });
  const source = new DatabaseSync(file);
  source.exec(`VACUUM INTO '${copy}'`);
  source.close();
  const database = new DatabaseSync(copy);
  for (const statement of statements) database.exec(fill(statement));
  database.close();
  const snapshots = openSqliteSnapshots(copy);
  const found: Finding[] = [];
  try {
    await examine(snapshots, {
      onFinding: (finding) => {
        found.push(finding);
        expect(finding.remedy).toMatch(/^[A-Z].*[.;]$/);
      },
    });
  } finally {
    await snapshots.close();
    rmSync(copy);
  }
  return found;
}

const fill = (text: string) => text.replace(/\{(\w+)\}/g, (hole, name: string) => world[name] ?? hole);

describe('The doctor', () => {
  test('finds nothing in a database that nobody laid hands on.', async () => {
    expect(await afterDamage()).toEqual([]);
  });

  /** Statement of damage, and the sentence about it. */
  const damages: readonly (readonly [what: string, statement: string, sentence: string])[] = [
    [
      'a lost event',
      "DELETE FROM events WHERE stream = '{Conversations}' AND position = 3",
      'Its log lacks a position, first 3.',
    ],
    [
      'a log that lost its beginning',
      "DELETE FROM events WHERE stream = '{Conversations}' AND position < 3",
      'Its log begins at position 3, and should begin at 1.',
    ],
    [
      'a log that lost its end',
      "UPDATE conversations SET head = head + 2 WHERE sid = '{Conversations}'",
      'newer events are lost.',
    ],
    [
      'a head that lags behind',
      "UPDATE conversations SET head = head - 1 WHERE sid = '{Conversations}'",
      'the next change would fail.',
    ],
    [
      'a log without events',
      "DELETE FROM events WHERE stream = '{Conversations}'",
      'Its log is empty, and its newest position is',
    ],
    [
      'a lost message',
      "DELETE FROM messages WHERE conversation_sid = '{Conversations}' AND idx = 1",
      '2 of its indexes have no message, and its log tells of 1 that were removed.',
    ],
    [
      'an index that would be given again',
      "UPDATE conversations SET next_index = 2 WHERE sid = '{Conversations}'",
      'It has a message with index 3, and its row says that the next one gets 2.',
    ],
    [
      'a change of a message that its row does not know of',
      "UPDATE messages SET position = 2 WHERE conversation_sid = '{Conversations}' AND idx = 1",
      'tells of a change at position',
    ],
    [
      'a user who is online nowhere',
      "INSERT OR REPLACE INTO presences (user_sid, online, date_updated) SELECT sid, 1, 0 FROM users WHERE identity = '{Users}'",
      'He is noted as online, and is connected to no server.',
    ],
    [
      'a user who is connected and away',
      "INSERT INTO connected_users (user_sid, node) SELECT sid, 'here' FROM users WHERE identity = '{Users}'",
      'He is noted as connected to here, and as away.',
    ],
    [
      'a connection of nobody',
      `INSERT INTO connected_users (user_sid, node) VALUES ('${none('US')}', 'here')`,
      `Its user_sid is ${none('US')}, which does not exist.`,
    ],
    [
      'a wrong number of messages',
      "UPDATE conversations SET message_count = 9 WHERE sid = '{Conversations}'",
      'The number of its messages is 4, and its row says 9 (message_count).',
    ],
    [
      'a wrong number of participants',
      "UPDATE conversations SET participant_count = 9 WHERE sid = '{Conversations}'",
      'The number of its participants is 2, and its row says 9 (participant_count).',
    ],
    [
      'a wrong number of participants outside chat',
      "UPDATE conversations SET non_chat_count = 0 WHERE sid = '{Conversations}'",
      'The number of its participants outside chat is 1, and its row says 0 (non_chat_count).',
    ],
    [
      'a wrong last message',
      "UPDATE conversations SET last_message_index = 1 WHERE sid = '{Conversations}'",
      'The index of its last message is 3, and its row says 1 (last_message_index).',
    ],
    [
      'a conversation that is not as its log says',
      "UPDATE conversations SET friendly_name = 'forged' WHERE sid = '{Conversations}'",
      'Its row and the log say different things of friendlyName (position',
    ],
    [
      'a conversation of no service',
      `UPDATE conversations SET service_sid = '${none('IS')}' WHERE sid = '{Conversations}'`,
      `Its service ${none('IS')} does not exist.`,
    ],
    [
      'a conversation that nobody finishes',
      "UPDATE conversations SET state = 'initializing' WHERE sid = '{Conversations}'",
      'nobody is going to add them.',
    ],
    [
      'a user that is not as his log says',
      "UPDATE users SET friendly_name = 'forged' WHERE identity = '{name}'",
      'His row and the log say different things of friendlyName.',
    ],
    [
      'a user without a role',
      `UPDATE users SET role_sid = '${none('RL')}' WHERE identity = '{name}'`,
      'does not exist',
    ],
    [
      'a participant of no conversation',
      `UPDATE participants SET conversation_sid = '${none('CH')}' WHERE sid = '{Participants}'`,
      `The conversation ${none('CH')} that it is in does not exist.`,
    ],
    [
      'a participant of no user',
      `UPDATE participants SET user_sid = '${none('US')}' WHERE sid = '{Participants}'`,
      `Its user ${none('US')} does not exist.`,
    ],
    [
      'a participant that is not as its log says',
      "UPDATE participants SET attributes = '{\"a\":1}' WHERE sid = '{Participants}'",
      'Its row and the log say different things of attributes.',
    ],
    [
      'a membership that is not as the log of the user says',
      "UPDATE participants SET notification_level = 'muted' WHERE sid = '{Participants}'",
      'say different things of notificationLevel.',
    ],
    ['a pair that nobody holds', 'DELETE FROM bindings', 'It does not hold its pair'],
    [
      'a pair of nobody',
      `UPDATE bindings SET participant_sid = '${none('MB')}'`,
      `Its participant ${none('MB')} does not exist.`,
    ],
    [
      'a pair of a closed conversation',
      "UPDATE conversations SET state = 'closed' WHERE sid = '{Conversations}'",
      'Its conversation {Conversations} is closed.',
    ],
    [
      'a group of nothing',
      `INSERT INTO group_conversations VALUES ('AC', '+1 +2', '${none('CH')}')`,
      `Its conversation ${none('CH')} does not exist.`,
    ],
    [
      'a group of others',
      "INSERT INTO group_conversations VALUES ('AC', '+1 +2', '{Conversations}')",
      'The conversation {Conversations} that holds it has others.',
    ],
    [
      'a message that is not as the log says',
      "UPDATE messages SET body = 'forged' WHERE sid = '{Messages}'",
      'Its row and the log say different things of body.',
    ],
    [
      'a message of no conversation',
      `UPDATE messages SET conversation_sid = '${none('CH')}' WHERE sid = '{Messages}'`,
      'Its conversation does not exist, and nothing removes what is left of it.',
    ],
    [
      'a lost receipt',
      "DELETE FROM receipts WHERE sid = '{Receipts}'",
      'The number of its receipts is 0, and its row says 1 (receipt_count).',
    ],
    [
      'a wrong summary of receipts',
      "UPDATE messages SET delivery = NULL WHERE sid = '{Messages}'",
      'and its row says nothing (delivery).',
    ],
    [
      'a lost file',
      `UPDATE messages SET media = '[{"sid":"${none('ME')}"}]' WHERE sid = '{Messages}'`,
      `Its file ${none('ME')} is not known as a file of this message.`,
    ],
    [
      'a receipt of no message',
      `UPDATE receipts SET message_sid = '${none('IM')}' WHERE sid = '{Receipts}'`,
      'Its message does not exist.',
    ],
    [
      'a receipt that is not as the log says',
      "UPDATE receipts SET error_code = 30003 WHERE sid = '{Receipts}'",
      'Its row and the log say different things of errorCode.',
    ],
    [
      'a copy that nobody sends',
      "UPDATE receipts SET status = NULL, channel_message_sid = NULL WHERE sid = '{Receipts}'",
      'The copy is queued, and nobody is going to send it',
    ],
    [
      'a log of nobody',
      `INSERT INTO events (stream, position, type, time, data) VALUES ('${none('CH')}', 7, 'x', 0, '{}')`,
      'Nobody of this SID exists, and its log has 1 events up to position 7.',
    ],
    [
      'a log that is not cleared away',
      `INSERT INTO events (stream, position, type, time, data) VALUES ('${none('CH')}', 6, 'x', 0, '{}'), ('${none('CH')}', 7, 'conversation.removed', 0, '{}')`,
      'It was removed, and 1 events are left that nothing clears away.',
    ],
    ['a migration of the future', "INSERT INTO migrations VALUES (9999, 'later', 0)", 'made by a newer version'],
    [
      'a missing migration',
      'DELETE FROM migrations WHERE number = (SELECT max(number) FROM migrations)',
      'is missing.',
    ],
    [
      'a webhook of no conversation',
      `UPDATE conversation_webhooks SET conversation_sid = '${none('CH')}' WHERE sid = '{Webhooks}'`,
      `Its conversation_sid is ${none('CH')}, which does not exist.`,
    ],
    [
      'a count of no conversation',
      `INSERT INTO removal_counts VALUES ('${none('CH')}', 0, 1)`,
      `It belongs to ${none('CH')} (conversation_sid), which does not exist.`,
    ],
    [
      'a device of nobody',
      `UPDATE push_bindings SET user_sid = '${none('US')}'`,
      `Its user_sid is ${none('US')}, which does not exist.`,
    ],
    ['an address of no sender', 'DELETE FROM senders', 'Its sender_sid is '],
    [
      'a file of no message',
      `INSERT INTO media (sid, account_sid, service_sid, author, category, content_type, size, message_sid, date_created, date_upload_updated, date_updated) VALUES ('${none('ME')}', '', '', '', '', '', 0, '${none('IM')}', 0, 0, 0)`,
      `Its message_sid is ${none('IM')}, which does not exist.`,
    ],
    [
      'a record of an attempt to send no message',
      `INSERT INTO delivery_pieces VALUES ('DY', 0, 2, '${none('IM')}', NULL, NULL, 0)`,
      `Its message_sid is ${none('IM')}, which does not exist.`,
    ],
  ];
  test.each(damages)('names %s.', async (_what, statement, sentence) => {
    expect(await afterDamage(statement)).toContainEqual(expect.stringContaining(fill(sentence)));
  });

  test.each([
    ['an account', 'UPDATE accounts SET default_chat_service_sid = '],
    ['a service', 'UPDATE services SET account_sid = '],
    ['a service', 'UPDATE services SET default_chat_service_role_sid = '],
    ['a role', 'UPDATE roles SET service_sid = '],
  ])('has nobody remove %s: %j.', async (_what, statement) => {
    const column = / SET (\w+)/.exec(statement)?.[1] ?? '';
    const findings = (await findingsAfter(`${statement}'gone'`)).filter(({ problem }) => problem.includes(column));
    expect(findings).toContainEqual(
      expect.objectContaining({
        problem: `Its ${column} is gone, which does not exist.`,
        remedy: expect.stringMatching(/^Restore the newest backup/),
      }),
    );
    for (const { remedy } of findings) expect(remedy).not.toContain('DELETE');
  });

  test('keeps the configuration of an address whose service is gone.', async () => {
    const findings = await findingsAfter("UPDATE address_configurations SET auto_service_sid = 'gone'");
    expect(findings.length).toBeGreaterThan(0);
    for (const { remedy } of findings) {
      expect(remedy).toContain(
        'run: UPDATE address_configurations SET auto_enabled = 0, auto_service_sid = NULL WHERE',
      );
    }
  });

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
  test.each(lanes)('names %s.', async (_what, rows, sentence) => {
    expect(await afterDamage(...rows)).toContainEqual(expect.stringContaining(sentence));
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
  ])('says how to put right work %s, and its lane goes on.', async (_what, rows) => {
    const said = (await findingsAfter(...rows)).map(({ remedy }) => remedy);
    expect(said).not.toEqual([]);
    expect(said).not.toContainEqual(expect.not.stringContaining(' run: '));
    const statements = said.map((remedy) => remedy.replace(/^.* run: /, ''));
    const next = `INSERT INTO outbox ${columns} SELECT 'next', 'push', 'lane', 9, '{}', CASE WHEN EXISTS (SELECT * FROM outbox WHERE lane = 'lane') THEN 'waiting' ELSE 'pending' END, 0, 0, NULL, NULL, NULL, 0, 0`;
    expect(await afterDamage(...rows, ...statements, next)).toEqual([]);
  });

  test('has no objection to work in order.', async () => {
    const rows = [
      work('a', 'lane/a', 1, 'dead'),
      work('b', 'lane', 2, 'sending', 'push', "'x'"),
      work('c', 'lane', 3, 'waiting'),
      work('d', 'lane', 4, 'waiting'),
    ];
    expect(await afterDamage(...rows)).toEqual([]);
  });
});
