// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { settled, world } from './testing/world.tsx';
import { useUnreadCount } from './use-unread-count.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** A second passes. */
const later = () => settled(() => vi.advanceTimersByTime(1000));

/** Alice has read nothing yet. */
async function withHorizon() {
  const started = await world();
  started.write('first');
  await started.conversation.updateLastReadMessageIndex(0);
  return started;
}

test('What is unread in a conversation is counted anew after everything that may change it.', async () => {
  const { hook, conversation, write, bob, sid } = await withHorizon();
  const { result } = await hook(() => useUnreadCount(conversation));
  expect(result.current).toEqual({ count: 0, status: 'ready', error: null });
  const index = write('second');
  write('third');
  await later();
  expect(result.current.count).toBe(2);
  bob('messages.remove', { conversation: sid, index, key: 'remove' });
  await later();
  expect(result.current.count).toBe(1);
  await settled(() => conversation.setAllMessagesRead());
  await later();
  expect(result.current.count).toBe(0);
});

test('Without an argument it counts over all conversations, by one question.', async () => {
  const { hook, bob, asked, write, conversation } = await withHorizon();
  const { result } = await hook(() => useUnreadCount());
  expect(result.current).toEqual({ count: 0, status: 'ready', error: null });
  const other = bob('conversations.create', { key: 'new' }).conversation.sid;
  write('second');
  for (const key of ['one', 'two']) bob('messages.send', { conversation: other, body: key, key });
  await settled(() => bob('participants.add', { conversation: other, identity: 'alice', key: 'add' }));
  await later();
  expect(result.current.count).toBe(3);
  await settled(() => conversation.setAllMessagesRead());
  await later();
  expect(result.current.count).toBe(2);
  await settled(() => bob('participants.remove', { conversation: other, participant: 'alice', key: 'out' }));
  await later();
  expect(result.current.count).toBe(0);
  expect(asked('conversations.counts')).toEqual([]);
  expect(asked('conversations.unread')).toHaveLength(4);
});

test('Without a read horizon all messages count.', async () => {
  const { hook, conversation, write } = await world();
  for (const body of ['one', 'two']) write(body);
  const { result } = await hook(() => useUnreadCount(conversation));
  expect(result.current).toEqual({ count: 2, status: 'ready', error: null });
});

test('However much happens, one question is under way, and about one a second leaves.', async () => {
  const { hook, conversation, write, asked, network } = await withHorizon();
  const { result } = await hook(() => [useUnreadCount(conversation), useUnreadCount(conversation)]);
  const count = () => asked('conversations.counts').length;
  expect(count()).toBe(1);
  for (let at = 0; at < 20; at += 1) await settled(() => write(`${at}`));
  expect(count()).toBe(1);
  await later();
  expect(count()).toBe(2);
  expect(result.current.map((one) => one.count)).toEqual([20, 20]);
  await later();
  await later();
  expect(count()).toBe(2);
  await settled(() => write('at once'));
  expect(count()).toBe(3);
  await later();

  network.stop();
  const { socket } = network;
  await settled(() => write('slow'));
  socket.deliverDown();
  await settled();
  expect(socket.up).toHaveLength(1);
  write('slower');
  while (socket.down.length) socket.deliverDown();
  await later();
  await later();
  // The question about the first is still on its way.
  expect(socket.up).toHaveLength(1);
  network.flow();
  await settled();
  await later();
  expect(count()).toBe(5);
  expect(result.current[0]?.count).toBe(23);
});

test('Another conversation is not asked about, and nothing is after the last component is gone.', async () => {
  const { hook, conversation, bob, asked, client, write } = await withHorizon();
  const listeners = client.listenerCount();
  const { unmount } = await hook(() => useUnreadCount(conversation));
  const other = bob('conversations.create', { key: 'new' }).conversation.sid;
  await settled(() => {
    bob('participants.add', { conversation: other, identity: 'alice', key: 'add' });
    bob('conversations.join', { conversation: other, key: 'join' });
    bob('messages.send', { conversation: other, body: 'Hello', key: 'send' });
  });
  await later();
  expect(asked('conversations.counts')).toHaveLength(1);
  unmount();
  await settled();
  expect(client.listenerCount()).toBe(listeners);
  expect(vi.getTimerCount()).toBe(0);
  write('unseen');
  await later();
  expect(asked('conversations.counts')).toHaveLength(1);
});

test('A conversation that the user has left has no number, and one that is not there yet is loading.', async () => {
  const { hook, conversation, bob, sid } = await withHorizon();
  const { result } = await hook(() => [useUnreadCount(conversation), useUnreadCount(undefined)]);
  expect(result.current[1]).toEqual({ count: null, status: 'loading', error: null });
  await settled(() => bob('participants.remove', { conversation: sid, participant: 'alice', key: 'out' }));
  await later();
  expect(result.current[0]).toMatchObject({ count: null, status: 'failed', error: { code: 50430 } });
});
