// @vitest-environment happy-dom
import { memo } from 'react';
import { expect, test } from 'vitest';
import { FakeServer } from '../../client/src/testing/fake-server.ts';
import { as } from '../../client/src/testing/fake-session.ts';
import { settled, worldOf } from './testing/world.tsx';
import { useConversations } from './use-conversations.ts';
import type { ConversationView } from './view.ts';

/** Alice in several conversations of Bob's, of which a page of the server has two. */
async function withConversations(...names: string[]) {
  const server = new FakeServer();
  server.pageSize = 2;
  const bob = as(server, 'bob');
  const sids = names.map((friendlyName) => {
    const { sid } = bob('conversations.create', { friendlyName, key: `new ${friendlyName}` }).conversation;
    bob('conversations.join', { conversation: sid, key: `join ${friendlyName}` });
    bob('participants.add', { conversation: sid, identity: 'alice', key: `add ${friendlyName}` });
    return sid as string;
  });
  const started = await worldOf('alice', server);
  const write = (at: number) =>
    bob('messages.send', { conversation: sids[at] as string, body: 'Hello', key: crypto.randomUUID() });
  return { ...started, sids, bob, write };
}

const names = ({ conversations }: { conversations: readonly ConversationView[] }) =>
  conversations.map(({ friendlyName }) => friendlyName).join(' ');

test('The conversations come with those first in which something happened last.', async () => {
  const { hook, write } = await withConversations('one', 'two');
  const { result } = await hook(useConversations);
  expect(result.current).toMatchObject({ status: 'ready', error: null, hasMore: false });
  expect(names(result.current)).toBe('two one');
  await settled(() => write(0));
  expect(names(result.current)).toBe('one two');
  expect(result.current.conversations[0]?.lastMessage?.index).toBe(0);
});

test('Pages come on demand, and one with something new without them.', async () => {
  const { hook, write, asked } = await withConversations('one', 'two', 'three', 'four', 'five');
  const { result } = await hook(useConversations);
  expect(names(result.current)).toBe('five four');
  expect(result.current.hasMore).toBe(true);
  await settled(() => write(0));
  expect(names(result.current)).toBe('one five four');
  const before = asked('conversations.list').length;
  await settled(() => Promise.all([result.current.loadMore(), result.current.loadMore()]));
  expect(asked('conversations.list')).toHaveLength(before + 1);
  expect(names(result.current)).toBe('one five four three two');
  await settled(() => result.current.loadMore());
  expect(names(result.current)).toBe('one five four three two');
  expect(result.current).toMatchObject({ hasMore: false, isLoadingMore: false, error: null });
});

test('Conversations come and go.', async () => {
  const { hook, bob, sids } = await withConversations('one', 'two');
  const { result } = await hook(useConversations);
  const conversation = sids[1] as string;
  await settled(() => bob('participants.remove', { conversation, participant: 'alice', key: 'out' }));
  expect(names(result.current)).toBe('one');
  await settled(() => bob('participants.add', { conversation, identity: 'alice', key: 'in' }));
  expect(names(result.current)).toBe('two one');
  await settled(() => bob('conversations.delete', { conversation, key: 'gone' }));
  expect(names(result.current)).toBe('one');
});

test('Only the row of a changed conversation is rendered again.', async () => {
  const { show, bob, sids } = await withConversations('one', 'two');
  const rendered = new Set<string | null>();
  const Row = memo(({ conversation: { friendlyName } }: { conversation: ConversationView }) => {
    rendered.add(friendlyName);
    return <li>{friendlyName}</li>;
  });
  const List = () => useConversations().conversations.map((each) => <Row key={each.sid} conversation={each} />);
  const { container } = await show(<List />);
  rendered.clear();
  const conversation = sids[0] as string;
  await settled(() => bob('conversations.update', { conversation, friendlyName: 'first', key: 'name' }));
  expect(container.textContent).toBe('twofirst');
  expect([...rendered]).toEqual(['first']);
});

test('A refused token is an error, which is over with a good one.', async () => {
  const { hook, client } = await worldOf('bad');
  const { result } = await hook(useConversations);
  expect(result.current).toMatchObject({ status: 'failed', conversations: [], error: { code: 20107 } });
  await settled(() => client.updateToken('alice'));
  expect(result.current).toMatchObject({ status: 'ready', conversations: [], error: null });
});
