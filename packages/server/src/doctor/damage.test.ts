import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DamagedWorld, openDamagedWorld } from '../testing/damaged-world.ts';

const none = (prefix: string) => `${prefix}${'0'.repeat(32)}`;

let world: DamagedWorld;
beforeAll(async () => {
  world = await openDamagedWorld();
});
afterAll(() => world.discard());

describe('The doctor', () => {
  test('finds nothing in a database that nobody laid hands on.', async () => {
    expect(await world.afterDamage()).toEqual([]);
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
      `Its conversation_sid is ${none('CH')}, which does not exist.`,
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
    expect(await world.afterDamage(statement)).toContainEqual(expect.stringContaining(world.fill(sentence)));
  });

  test.each([
    ['an account', 'UPDATE accounts SET default_chat_service_sid = '],
    ['a service', 'UPDATE services SET account_sid = '],
    ['a service', 'UPDATE services SET default_chat_service_role_sid = '],
    ['a role', 'UPDATE roles SET service_sid = '],
  ])('has nobody remove %s: %j.', async (_what, statement) => {
    const column = / SET (\w+)/.exec(statement)?.[1] ?? '';
    const findings = (await world.findingsAfter(`${statement}'gone'`)).filter(({ problem }) =>
      problem.includes(column),
    );
    expect(findings).toContainEqual(
      expect.objectContaining({
        problem: `Its ${column} is gone, which does not exist.`,
        remedy: expect.stringMatching(/^Restore the newest backup/),
      }),
    );
    for (const { remedy } of findings) expect(remedy).not.toContain('DELETE');
  });

  test('keeps the configuration of an address whose service is gone.', async () => {
    const findings = await world.findingsAfter("UPDATE address_configurations SET auto_service_sid = 'gone'");
    expect(findings.length).toBeGreaterThan(0);
    for (const { remedy } of findings) {
      expect(remedy).toContain(
        'run: UPDATE address_configurations SET auto_enabled = 0, auto_service_sid = NULL WHERE',
      );
    }
  });
});
