import { afterEach, beforeEach, expect, test } from 'vitest';
import { removalCounts } from '../../storage/migrations/0017-removal-counts.ts';
import { changeDatabase } from '../../testing/change-database.ts';
import { type OpenCore, openCore } from '../../testing/open-core.ts';
import type { UserActor } from '../actor.ts';
import { createConversation, deleteConversation } from '../conversations/actions.ts';
import { sweepConversations } from '../conversations/sweep.ts';
import { addParticipant, findUserConversation, updateMembership } from '../participants/actions.ts';
import { removeMessage, sendMessage } from './actions.ts';

const sent = 2100;
/** About the borders of the blocks that removals are counted in. */
const removed = [0, 1, 500, 1023, 1024, 1025, 2047, 2048, 2099];
const horizons = [0, 1, 499, 500, 1022, 1023, 1024, 1026, 2046, 2047, 2048, 2097, 2098, 2099, 5000];

let at: OpenCore;
let ann: UserActor;
let target: { service: string; conversation: string };
beforeEach(async () => {
  at = await openCore();
  const { core, account, service } = at;
  ann = await at.user('ann');
  const { sid: conversation } = await core.run(createConversation, account, { service });
  target = { service, conversation };
  await core.run(addParticipant, account, { ...target, identity: 'ann' });
  await Promise.all(Array.from({ length: sent }, () => core.run(sendMessage, account, { ...target, body: 'x' })));
  for (const message of removed) await core.run(removeMessage, account, { ...target, message });
});
afterEach(() => at.discard());

const after = (horizon: number) => Math.max(sent - 1 - horizon, 0) - removed.filter((index) => index > horizon).length;

async function read(index: number): Promise<number | null> {
  const input = { ...target, user: ann.user, read: { mode: 'set', index } as const };
  return (await at.core.run(updateMembership, ann, input)).unread;
}

/** What is answered without a command. */
async function look(): Promise<(number | null | undefined)[]> {
  const one = await findUserConversation(at.core.db, ann.user, target.conversation);
  return [one?.unread, await at.core.unread.of(ann.user)];
}

const counts = () => at.core.db.sql.selectFrom('removal_counts').selectAll().orderBy('block').execute();

test('What is unread is exact on both sides of each border of a block.', async () => {
  for (const horizon of horizons) {
    expect([horizon, await read(horizon)]).toEqual([horizon, after(horizon)]);
    expect(await look()).toEqual([after(horizon), after(horizon)]);
  }
});

test('Messages that are far from the horizon are not counted, however many they are.', async () => {
  // As nobody does: had they been counted, they would be missing.
  await changeDatabase(at.directory, 'DELETE FROM messages WHERE idx > 1030 AND idx < 2000');
  expect(await read(100)).toBe(after(100));
  expect(await look()).toEqual([after(100), after(100)]);
});

test('Where an earlier version removed messages, all are counted until a command has counted the removals.', async () => {
  await read(600);
  const before = await counts();
  await changeDatabase(at.directory, 'DELETE FROM removal_counts WHERE block = 1');
  expect(await look()).toEqual([after(600), after(600)]);
  expect(await counts()).not.toEqual(before);
  expect(await read(400)).toBe(after(400));
  expect(await counts()).toEqual(before);
});

test('The migration counts what earlier versions removed.', async () => {
  const before = await counts();
  expect(before.map(({ block, removed }) => [block, removed])).toEqual([
    [0, 4],
    [1, 3],
    [2, 2],
  ]);
  await changeDatabase(at.directory, 'DELETE FROM removal_counts');
  const [, fill] = removalCounts.statements({ serial: '', adapt: (statement) => statement });
  await changeDatabase(at.directory, String(fill));
  expect(await counts()).toEqual(before);
});

test('The counts go with their conversation.', async () => {
  const { core, account } = at;
  await core.run(deleteConversation, account, target);
  for (let more = true; more; ) ({ more } = await core.run(sweepConversations, account, {}));
  expect(await counts()).toEqual([]);
});
