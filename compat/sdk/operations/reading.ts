import { expect, test } from 'vitest';
import { heard, refusal } from './heard.ts';
import type { World } from './world.ts';

export function readingOperations(world: () => World): void {
  const written = async () => {
    const pair = await world().pair();
    for (let n = 0; n < 4; n += 1) await pair.anns.sendMessage(`${n}`);
    return pair;
  };

  test('getUnreadMessagesCount: null before one has read anything', async () => {
    const { bens } = await written();
    expect(await bens.getUnreadMessagesCount()).toBe(null);
    expect(bens.lastReadMessageIndex).toBe(null);
  });

  test('advanceLastReadMessageIndex: forward only, with the reason', async () => {
    const { ben, bens } = await written();
    const told = heard(ben, 'conversationUpdated', ({ updateReasons }) =>
      updateReasons.includes('lastReadMessageIndex'),
    );
    expect(await bens.advanceLastReadMessageIndex(2)).toBe(1);
    expect((await told).conversation.lastReadMessageIndex).toBe(2);
    expect(await bens.advanceLastReadMessageIndex(0)).toBe(1);
    expect(bens.lastReadMessageIndex).toBe(2);
    expect(await bens.getUnreadMessagesCount()).toBe(1);
  });

  test('updateLastReadMessageIndex: both ways, and away with null', async () => {
    const { bens } = await written();
    expect(await bens.updateLastReadMessageIndex(3)).toBe(0);
    expect(await bens.updateLastReadMessageIndex(0)).toBe(3);
    await world().shows(bens, 'updated', () => bens.lastReadMessageIndex === 0);
    await bens.updateLastReadMessageIndex(null);
    await world().shows(bens, 'updated', () => bens.lastReadMessageIndex === null);
  });

  test('setAllMessagesRead, setAllMessagesUnread', async () => {
    const { anns, bens } = await written();
    expect(await bens.setAllMessagesRead()).toBe(0);
    await world().shows(bens, 'updated', () => bens.lastReadMessageIndex === 3);
    await anns.sendMessage('new');
    expect(await bens.getUnreadMessagesCount()).toBe(1);
    await bens.setAllMessagesUnread();
    await world().shows(bens, 'updated', () => bens.lastReadMessageIndex === null);
    expect(await bens.getUnreadMessagesCount()).toBe(null);
  });

  test('one who is not in the conversation has nothing unread in it', async () => {
    const ann = await world().person();
    const made = await ann.createConversation();
    expect(await refusal(made.advanceLastReadMessageIndex(0))).not.toBe(0);
    expect(await refusal(made.getUnreadMessagesCount())).not.toBe(0);
  });
}
