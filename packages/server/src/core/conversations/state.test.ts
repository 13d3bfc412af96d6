import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../storage/migrate.ts';
import { dbOver, openWriter, type SqliteConnection } from '../../storage/sqlite/connection.ts';
import { sqliteWords } from '../../storage/sqlite/schema-words.ts';
import { ensureAccount } from '../accounts/actions.ts';
import type { Actor } from '../actor.ts';
import { runBatch } from '../batch.ts';
import { type AnyCommand, type Command, defineCommand } from '../command.ts';
import { sendMessage, updateMessage } from '../messages/actions.ts';
import { addParticipant, removeParticipant } from '../participants/actions.ts';
import type { StateMove, Transaction } from '../transaction.ts';
import { createConversation, listConversations, updateConversation } from './actions.ts';
import { expireConversation } from './expire.ts';
import { timersWoken } from './state.ts';

const minute = 60_000;
const account = { kind: 'account', account: `AC${'1'.repeat(32)}` } as const;
const clock = { kind: 'system', account: account.account } as const;

let directory: string;
let connection: SqliteConnection;
let service: string;
let now = 0;
beforeEach(async () => {
  now = 0;
  directory = mkdtempSync(join(tmpdir(), 'colloquy-state-'));
  connection = openWriter(join(directory, 'test.db'));
  await migrate(connection, sqliteWords, 0);
  service = (await run(ensureAccount, { account: account.account }, clock)).value.default_chat_service_sid;
});
afterEach(() => {
  connection.close();
  rmSync(directory, { recursive: true });
});

/** Runs a command and tells what its transaction says beside the answer. */
async function run<Input, Output>(command: Command<Input, Output>, input: Input, actor: Actor = account) {
  let told: Transaction | undefined;
  const watched: AnyCommand = defineCommand({
    ...command,
    run: (tx: Transaction, who: Actor, asked: Input) => {
      told = tx;
      return command.run(tx, who, asked);
    },
  });
  const call = { command: command.name, actor, input, now };
  const { outcomes } = await runBatch(connection, dbOver(connection), () => watched, [call]);
  const [outcome] = outcomes;
  if (!outcome?.ok || !told) throw new Error(JSON.stringify(outcome));
  const moves = told.stateMoves.map(({ from, to, reason }: StateMove) => [from, to, reason]);
  return { value: outcome.value as Output, moves, woken: told.woken.has(timersWoken), events: told.events };
}

const create = (input: object = {}) => run(createConversation, { service, ...input });

describe('A move is told of with its reason', () => {
  test('API for one that a back end makes, none when the state stays what it is.', async () => {
    const { value, moves } = await create({ state: 'inactive' });
    expect(moves).toEqual([]);
    const update = async (state: string) =>
      (await run(updateConversation, { service, conversation: value.sid, state, friendlyName: 'x' })).moves;
    expect(await update('inactive')).toEqual([]);
    expect(await update('active')).toEqual([['inactive', 'active', 'API']]);
    expect(await update('closed')).toEqual([['active', 'closed', 'API']]);
  });

  test('EVENT for what a message or a new participant wakes, before the event of that.', async () => {
    const { sid: conversation } = (await create({ state: 'inactive' })).value;
    const sent = await run(sendMessage, { service, conversation, body: 'x' });
    expect(sent.moves).toEqual([['inactive', 'active', 'EVENT']]);
    expect(sent.events.map(({ type }) => type)).toEqual(['conversation.updated', 'message.added']);
    expect((await run(sendMessage, { service, conversation, body: 'x' })).moves).toEqual([]);
    await run(updateConversation, { service, conversation, state: 'inactive' });
    const joined = await run(addParticipant, { service, conversation, identity: 'ann' });
    expect(joined.moves).toEqual([['inactive', 'active', 'EVENT']]);
    expect(joined.events.map(({ type }) => type)).toEqual([
      'conversation.updated',
      'user.added',
      'participant.added',
      'membership.added',
    ]);
    await run(updateConversation, { service, conversation, state: 'inactive' });
    expect((await run(removeParticipant, { service, conversation, participant: 'ann' })).moves).toEqual([]);
  });

  test('TIMER for what the clock makes, and only when it is time.', async () => {
    const { sid: conversation } = (await create({ inactiveTimer: 'PT1M', closedTimer: 'PT10M' })).value;
    const expire = async () => (await run(expireConversation, { conversation }, clock)).moves;
    now = minute - 1;
    expect(await expire()).toEqual([]);
    now = minute;
    expect(await expire()).toEqual([['active', 'inactive', 'TIMER']]);
    expect(await expire()).toEqual([]);
    now = 10 * minute;
    expect(await expire()).toEqual([['inactive', 'closed', 'TIMER']]);
    expect(await expire()).toEqual([]);
  });
});

test('Who waits for the next deadline is woken by earlier ones alone: messages only put them off.', async () => {
  expect((await create()).woken).toBe(false);
  const { value, woken } = await create({ closedTimer: 'PT1H' });
  expect(woken).toBe(true);
  const conversation = value.sid;
  now = minute;
  expect((await run(sendMessage, { service, conversation, body: 'x' })).woken).toBe(false);
  expect((await run(updateConversation, { service, conversation, closedTimer: 'PT2H' })).woken).toBe(false);
  expect((await run(updateConversation, { service, conversation, inactiveTimer: 'PT1M' })).woken).toBe(true);
  await run(updateConversation, { service, conversation, state: 'inactive' });
  expect((await run(sendMessage, { service, conversation, body: 'x' })).woken).toBe(true);
});

test('Editing the date of the last message moves it in the conversation too; that of another one does not.', async () => {
  const { sid: conversation } = (await create()).value;
  for (const body of ['one', 'two']) await run(sendMessage, { service, conversation, body });
  const edit = async (message: number, change: object) => {
    const { events } = await run(updateMessage, { service, conversation, message, ...change });
    return events.map(({ type, data }) => [type, JSON.parse(data).lastMessage]);
  };
  expect(await edit(0, { dateCreated: 5000 })).toEqual([['message.updated', undefined]]);
  expect(await edit(1, { body: 'two!' })).toEqual([['message.updated', undefined]]);
  expect(await edit(1, { dateCreated: 7000 })).toEqual([
    ['message.updated', undefined],
    ['conversation.updated', { index: 1, dateCreated: 7000 }],
  ]);
});

test('Lists of conversations that are not active come from an index of them, and miss none.', async () => {
  const states = ['active', 'inactive', 'closed', 'active', 'closed', 'inactive', 'closed'];
  for (const state of states) {
    now += minute;
    const { sid: conversation } = (await create()).value;
    if (state !== 'active') await run(updateConversation, { service, conversation, state });
  }
  const db = dbOver(connection);
  for (const state of ['active', 'inactive', 'closed', 'initializing']) {
    const { items } = await listConversations(db, service, { state }, { limit: 10 });
    expect(items.map((item) => item.state)).toEqual(states.filter((one) => one === state));
    const times = items.map((item) => item.date_activity);
    expect(times).toEqual([...times].sort((a, b) => b - a));
  }
  const query =
    "SELECT * FROM conversations WHERE service_sid = ? AND state = ? AND state <> 'active' ORDER BY date_activity DESC, sid DESC LIMIT 10";
  const plan = await connection.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${query}`, []);
  expect(plan.rows.map(({ detail }) => detail)).toEqual([expect.stringContaining('conversations_by_state')]);
});
