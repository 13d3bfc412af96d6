import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OpenCore, openCore } from '../../testing/open-core.ts';
import { createConversation } from '../conversations/actions.ts';
import { removeMessage, sendMessage } from './actions.ts';

let at: OpenCore;
beforeEach(async () => {
  at = await openCore();
});
afterEach(() => at.discard());

test('Removing the last message makes the one before it the last, and says so; removing another one does not.', async () => {
  const { core, account, service } = at;
  const { sid: conversation } = await core.run(createConversation, account, { service });
  const target = { service, conversation };
  for (const body of ['one', 'two', 'three', 'four']) await core.run(sendMessage, account, { ...target, body });
  /** What is said about the conversation when a message is removed. */
  const removing = async (message: number) => {
    const before = at.events.length;
    await core.run(removeMessage, account, { ...target, message });
    const [removed, ...updates] = at.events.slice(before);
    expect([removed?.type, JSON.parse(removed?.data ?? '').index]).toEqual(['message.removed', message]);
    return updates.map((event) => [event.type, JSON.parse(event.data).lastMessage?.index ?? null]);
  };
  expect(await removing(1)).toEqual([]);
  expect(await removing(3)).toEqual([['conversation.updated', 2]]);
  expect(await removing(2)).toEqual([['conversation.updated', 0]]);
  expect(await removing(0)).toEqual([['conversation.updated', null]]);
  expect((await core.run(sendMessage, account, { ...target, body: 'five' })).idx).toBe(4);
});
