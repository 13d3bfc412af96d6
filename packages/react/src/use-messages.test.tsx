// @vitest-environment happy-dom
import { screen } from '@testing-library/react';
import { memo } from 'react';
import { expect, test } from 'vitest';
import type { FakeConversation } from '../../client/src/testing/fake-server.ts';
import { settled, world } from './testing/world.tsx';
import { useMessages } from './use-messages.ts';
import type { MessageView } from './view.ts';

async function withMessages(count: number) {
  const started = await world();
  for (let index = 0; index < count; index += 1) started.write(`${index}`);
  await settled();
  return started;
}

const bodies = ({ messages }: { messages: readonly MessageView[] }) => messages.map(({ body }) => body).join(' ');

test('The newest page is shown, and new messages come at its end.', async () => {
  const { hook, conversation, write } = await withMessages(5);
  const { result } = await hook(() => useMessages(conversation, { pageSize: 3 }));
  expect(result.current).toMatchObject({ status: 'ready', error: null, hasOlder: true, hasNewer: false });
  expect(bodies(result.current)).toBe('2 3 4');
  await settled(() => write('5'));
  expect(bodies(result.current)).toBe('2 3 4 5');
});

test('Components share one list, which is asked for once, in strict mode as well.', async () => {
  const { show, conversation, asked, client } = await withMessages(5);
  const listeners = client.listenerCount() + conversation.listenerCount();
  const List = ({ name }: { name: string }) => <p title={name}>{bodies(useMessages(conversation, { pageSize: 3 }))}</p>;
  const { unmount } = await show([<List key={1} name="one" />, <List key={2} name="two" />]);
  expect(screen.getByTitle('one').textContent).toBe('2 3 4');
  expect(screen.getByTitle('two').textContent).toBe('2 3 4');
  expect(asked('messages.list')).toHaveLength(1);
  unmount();
  await settled();
  expect(client.listenerCount() + conversation.listenerCount()).toBe(listeners);
});

test('What takes over in the same moment finds the list there; later it is asked for again.', async () => {
  const { show, conversation, asked } = await withMessages(5);
  const List = () => <p>{bodies(useMessages(conversation))}</p>;
  const { rerender, container } = await show(<List key="first page" />);
  rerender(<List key="second page" />);
  expect(container.textContent).toBe('0 1 2 3 4');
  expect(asked('messages.list')).toHaveLength(1);
  rerender(null);
  await settled();
  rerender(<List key="third page" />);
  expect(container.textContent).toBe('');
  await settled();
  expect(container.textContent).toBe('0 1 2 3 4');
  expect(asked('messages.list')).toHaveLength(2);
});

test('Older pages come on demand, once however often they are asked for, until there are none.', async () => {
  const { hook, conversation, asked } = await withMessages(7);
  const { result } = await hook(() => useMessages(conversation, { pageSize: 3 }));
  await settled(() => Promise.all([result.current.loadOlder(), result.current.loadOlder()]));
  expect(bodies(result.current)).toBe('1 2 3 4 5 6');
  expect(asked('messages.list')).toHaveLength(2);
  await settled(() => result.current.loadOlder());
  expect(result.current).toMatchObject({ hasOlder: false, isLoadingOlder: false });
  expect(bodies(result.current)).toBe('0 1 2 3 4 5 6');
  await settled(() => result.current.loadOlder());
  expect(asked('messages.list')).toHaveLength(3);
});

test('While a page is on its way the hook says so.', async () => {
  const { hook, conversation, network } = await withMessages(7);
  const { result } = await hook(() => useMessages(conversation, { pageSize: 3 }));
  network.stop();
  let over: Promise<void> | undefined;
  await settled(() => {
    over = result.current.loadOlder();
  });
  expect(result.current).toMatchObject({ status: 'ready', isLoadingOlder: true, isLoadingNewer: false });
  network.flow();
  await settled(() => over);
  expect(result.current.isLoadingOlder).toBe(false);
});

test('A jump shows what is around an index, and newer pages lead back to the live end.', async () => {
  const { hook, conversation, write } = await withMessages(12);
  const { result } = await hook(() => useMessages(conversation, { pageSize: 4 }));
  await settled(() => result.current.jumpTo(3));
  expect(bodies(result.current)).toBe('2 3 4 5');
  expect(result.current).toMatchObject({ status: 'ready', hasOlder: true, hasNewer: true });
  await settled(() => write('12'));
  expect(bodies(result.current)).toBe('2 3 4 5');
  await settled(() => result.current.loadNewer());
  expect(bodies(result.current)).toBe('2 3 4 5 6 7 8 9');
  await settled(() => result.current.loadNewer());
  expect(result.current.hasNewer).toBe(false);
  await settled(() => write('13'));
  expect(bodies(result.current)).toBe('2 3 4 5 6 7 8 9 10 11 12 13');
  await settled(() => result.current.jumpTo(0));
  expect(bodies(result.current)).toBe('0 1 2');
  await settled(() => result.current.jumpTo());
  expect(bodies(result.current)).toBe('10 11 12 13');
  expect(result.current.hasNewer).toBe(false);
});

test('A jump of the first moment comes in place of the newest page.', async () => {
  const { hook, conversation, network } = await withMessages(12);
  network.stop();
  const { result } = await hook(() => useMessages(conversation, { pageSize: 4 }));
  await settled(() => void result.current.jumpTo(3));
  network.flow();
  await settled();
  expect(bodies(result.current)).toBe('2 3 4 5');
});

test('No more messages are kept than wanted; those at the other end are let go.', async () => {
  const { hook, conversation, write } = await withMessages(10);
  const { result } = await hook(() => useMessages(conversation, { pageSize: 3, maxMessages: 5 }));
  await settled(() => result.current.loadOlder());
  expect(bodies(result.current)).toBe('4 5 6 7 8');
  expect(result.current.hasNewer).toBe(true);
  await settled(() => write('10'));
  expect(bodies(result.current)).toBe('4 5 6 7 8');
  await settled(() => result.current.loadNewer());
  expect(bodies(result.current)).toBe('6 7 8 9 10');
  expect(result.current).toMatchObject({ hasOlder: true, hasNewer: false });
  await settled(() => write('11'));
  expect(bodies(result.current)).toBe('7 8 9 10 11');
});

test('Only the row of a changed message is rendered again.', async () => {
  const { show, conversation, bob, sid } = await withMessages(3);
  const rendered: string[] = [];
  const Row = memo(({ message }: { message: MessageView }) => {
    rendered.push(message.body ?? '');
    return <li>{message.body}</li>;
  });
  const List = () => useMessages(conversation).messages.map((message) => <Row key={message.sid} message={message} />);
  const { container } = await show(<List />);
  expect(container.textContent).toBe('012');
  rendered.length = 0;
  await settled(() => bob('messages.update', { conversation: sid, index: 1, body: 'one', key: 'k' }));
  expect(container.textContent).toBe('0one2');
  expect(new Set(rendered)).toEqual(new Set(['one']));
});

test('A view stays as it is, and its source does what the client can do.', async () => {
  const { hook, conversation, server, sid } = await withMessages(1);
  const { result } = await hook(() => useMessages(conversation));
  const before = result.current.messages[0] as MessageView;
  await settled(() => before.source.updateBody('better'));
  expect(before.body).toBe('0');
  expect(result.current.messages[0]).toMatchObject({ body: 'better', lastUpdatedBy: 'alice', index: 0 });
  expect(Object.isFrozen(before)).toBe(true);
  await settled(() => before.source.remove());
  expect(result.current.messages).toEqual([]);
  expect(server.conversations.get(sid)?.messages.size).toBe(0);
});

test('A removed message leaves a hole, which paging does not mind.', async () => {
  const { hook, conversation, bob, sid, write } = await withMessages(9);
  const { result } = await hook(() => useMessages(conversation, { pageSize: 3 }));
  const remove = (index: number) => bob('messages.remove', { conversation: sid, index, key: `remove ${index}` });
  await settled(() => [5, 6, 8].map(remove));
  expect(bodies(result.current)).toBe('7');
  await settled(() => result.current.loadOlder());
  expect(bodies(result.current)).toBe('2 3 4 7');
  await settled(() => write('9'));
  expect(bodies(result.current)).toBe('2 3 4 7 9');
});

test('A list whose messages were all removed goes on.', async () => {
  const { hook, conversation, bob, sid, write } = await withMessages(2);
  for (const index of [0, 1]) bob('messages.remove', { conversation: sid, index, key: `${index}` });
  const { result } = await hook(() => useMessages(conversation));
  expect(result.current).toMatchObject({ status: 'ready', messages: [], hasOlder: false, hasNewer: false });
  await settled(() => write('2'));
  expect(bodies(result.current)).toBe('2');
});

test('After an absence in which too much came, the newest messages are shown.', async () => {
  const { hook, conversation, network, server, sid, timers, write } = await withMessages(3);
  const { result } = await hook(() => useMessages(conversation, { pageSize: 3, maxMessages: 2000 }));
  network.online = false;
  network.socket.cut();
  for (let index = 3; index < 1200; index += 1) write(`${index}`);
  server.trim(sid);
  network.online = true;
  await settled(() => timers.advance(60_000));
  const indexes = result.current.messages.map(({ index }) => index);
  expect(indexes.at(-1)).toBe(1199);
  expect(indexes).toEqual(indexes.map((_, at) => (indexes[0] ?? 0) + at));
  expect(result.current.hasOlder).toBe(true);
});

test('Who comes in again sees what he missed.', async () => {
  const { hook, conversation, bob, sid, write } = await withMessages(2);
  const { result } = await hook(() => useMessages(conversation));
  await settled(() => bob('participants.remove', { conversation: sid, participant: 'alice', key: 'out' }));
  await settled(() => write('2'));
  expect(bodies(result.current)).toBe('0 1');
  await settled(() => bob('participants.add', { conversation: sid, identity: 'alice', key: 'in' }));
  expect(bodies(result.current)).toBe('0 1 2');
});

test('An error is part of the state, and is over when the messages can be read.', async () => {
  const { hook, client, server, bob } = await world();
  const { sid } = bob('conversations.create', { attributes: '"public"', key: 'new' }).conversation;
  const conversation = await client.peekConversationBySid(sid);
  const { data } = server.conversations.get(sid) as FakeConversation;
  data.attributes = '"private"';
  const { result } = await hook(() => useMessages(conversation));
  expect(result.current).toMatchObject({ status: 'failed', messages: [], error: { code: 50350 } });
  bob('conversations.join', { conversation: sid, key: 'in' });
  bob('messages.send', { conversation: sid, body: 'Welcome', key: 'first' });
  await settled(() => bob('participants.add', { conversation: sid, identity: 'alice', key: 'add' }));
  expect(result.current).toMatchObject({ status: 'ready', error: null });
  expect(bodies(result.current)).toBe('Welcome');
});

test.each(['older first', 'newer first'])(
  'Pages of both ends that are asked for at once fit together: %s.',
  async (order) => {
    const { hook, conversation } = await withMessages(30);
    const { result } = await hook(() => useMessages(conversation, { pageSize: 3, maxMessages: 7 }));
    await settled(() => result.current.jumpTo(15));
    await settled(() => result.current.loadNewer());
    const { loadOlder, loadNewer } = result.current;
    const both = order === 'older first' ? [loadOlder, loadNewer] : [loadNewer, loadOlder];
    await settled(() => Promise.all(both.map((load) => load())));
    const indexes = result.current.messages.map(({ index }) => index);
    expect(indexes).toHaveLength(7);
    expect(indexes).toEqual(indexes.map((_, at) => (indexes[0] ?? 0) + at));
  },
);

test('A jump that is refused leaves everything as it was, and what was there stays live.', async () => {
  const { hook, conversation, server, write, network, timers } = await withMessages(9);
  const { result } = await hook(() => useMessages(conversation, { pageSize: 3 }));
  server.turnsDown = (method) => (method === 'messages.list' ? 50107 : undefined);
  network.stop();
  await settled(() => void result.current.jumpTo(2));
  write('9');
  network.flow();
  await settled();
  server.turnsDown = () => undefined;
  expect(result.current).toMatchObject({ status: 'ready', error: { code: 50107 }, hasNewer: false });
  await settled(() => write('10'));
  expect(bodies(result.current)).toBe('6 7 8 9 10');
  network.socket.cut();
  await settled(() => timers.advance(60_000));
  expect(bodies(result.current)).toBe('6 7 8 9 10');
});

test('Only the last jump counts, however the answers come.', async () => {
  const { hook, conversation, network } = await withMessages(30);
  const { result } = await hook(() => useMessages(conversation, { pageSize: 4 }));
  network.stop();
  const { socket } = network;
  await settled(() => void result.current.loadOlder());
  await settled(() => {
    void result.current.jumpTo(8);
    void result.current.jumpTo(20);
  });
  while (socket.up.length) socket.deliverUp();
  while (socket.down.length) await settled(() => socket.deliverDown(socket.down.length - 1));
  expect(bodies(result.current)).toBe('19 20 21 22');
  network.flow();
  await settled();
  expect(bodies(result.current)).toBe('19 20 21 22');
});

test('A message that overtakes the page it is not on is not lost.', async () => {
  const { hook, conversation, network, write } = await withMessages(3);
  network.stop();
  const { result } = await hook(() => useMessages(conversation));
  const { socket } = network;
  while (socket.up.length) socket.deliverUp();
  write('3');
  expect(socket.down).toHaveLength(2);
  socket.deliverDown(1);
  await settled();
  socket.deliverDown();
  await settled();
  expect(bodies(result.current)).toBe('0 1 2 3');
});

test('A page whose messages were all removed before it came is passed over.', async () => {
  const { hook, conversation, network, bob, sid } = await withMessages(9);
  const { result } = await hook(() => useMessages(conversation, { pageSize: 3 }));
  network.stop();
  const { socket } = network;
  await settled(() => void result.current.loadOlder());
  while (socket.up.length) socket.deliverUp();
  for (const index of [3, 4, 5]) bob('messages.remove', { conversation: sid, index, key: `${index}` });
  while (socket.down.length > 1) socket.deliverDown(1);
  await settled();
  network.flow();
  await settled();
  expect(bodies(result.current)).toBe('0 1 2 6 7 8');
  expect(result.current.hasOlder).toBe(false);
});

test('Without a conversation it is loading, and nothing happens.', async () => {
  const { hook, asked } = await world();
  const { result } = await hook(() => useMessages(null));
  await settled(() => Promise.all([result.current.loadOlder(), result.current.loadNewer(), result.current.jumpTo(1)]));
  expect(result.current).toMatchObject({ status: 'loading', messages: [] });
  expect(asked('messages.list')).toEqual([]);
});
