import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OpenCore, openCore } from '../../testing/open-core.ts';
import { addParticipant } from '../participants/actions.ts';
import { createConversation, deleteConversation } from './actions.ts';

let at: OpenCore;
beforeEach(async () => {
  at = await openCore();
});
afterEach(() => at.discard());

test('Members lose a conversation in the order of their SIDs, in whatever order they came: two that go wait in no circle.', async () => {
  const { core, account, service } = at;
  const users = [];
  for (const identity of ['ann', 'ben', 'cleo', 'dan']) users.push(await at.user(identity));
  const { sid: conversation } = await core.run(createConversation, account, { service });
  for (const n of [2, 0, 3, 1]) {
    await core.run(addParticipant, account, { service, conversation, identity: String(users[n]?.identity) });
  }
  await core.run(deleteConversation, account, { service, conversation });
  const told = at.events.filter(({ type }) => type === 'membership.removed').map(({ stream }) => stream);
  expect(told).toEqual(users.map(({ user }) => user).toSorted());
});
