// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { settled, world } from './testing/world.tsx';
import { useTyping } from './use-typing.ts';

test('Who types is shown until he stops.', async () => {
  const { hook, conversation, server, sid, timers } = await world();
  const { result } = await hook(() => useTyping(conversation));
  expect(result.current.participants).toEqual([]);
  await settled(() => server.typing(sid, 'bob'));
  expect(result.current.participants.map(({ identity }) => identity)).toEqual(['bob']);
  await settled(() => timers.advance(5000));
  expect(result.current.participants).toEqual([]);
});

test('A message ends it.', async () => {
  const { hook, conversation, server, sid, write } = await world();
  const { result } = await hook(() => useTyping(conversation));
  await settled(() => server.typing(sid, 'bob'));
  await settled(() => write('Done'));
  expect(result.current.participants).toEqual([]);
});

test('Who began before anybody wanted to know is shown as well, and in his conversation only.', async () => {
  const { show, conversation, server, sid, bob, client } = await world();
  const other = bob('conversations.create', { key: 'new' }).conversation.sid;
  await settled(() => bob('participants.add', { conversation: other, identity: 'alice', key: 'add' }));
  const elsewhere = await client.getConversationBySid(other);
  const { rerender, container } = await show(null);
  await settled(() => server.typing(sid, 'bob'));
  let rendered = 0;
  const Line = ({ of }: { of: typeof conversation }) => {
    rendered += 1;
    return <p>{useTyping(of).participants.map(({ identity }) => identity)}</p>;
  };
  rerender([<Line key={1} of={conversation} />, <Line key={2} of={elsewhere} />]);
  expect(container.innerHTML).toBe('<p>bob</p><p></p>');
  rerender(<Line of={elsewhere} />);
  rendered = 0;
  await settled(() => server.typing(sid, 'bob'));
  expect(rendered).toBe(0);
});

test('The keys of the user are told to the others, though not each of them.', async () => {
  const { hook, conversation, asked } = await world();
  const { result } = await hook(() => useTyping(conversation));
  const { typing } = result.current;
  await settled(() => {
    for (const _key of 'Hello') typing();
  });
  expect(asked('typing')).toHaveLength(1);
  expect(result.current.typing).toBe(typing);
});

test('Without a connection, or without a conversation, nobody is told, and nothing fails.', async () => {
  const { hook, conversation, client } = await world();
  const { result } = await hook(() => [useTyping(conversation), useTyping(undefined)] as const);
  await client.shutdown();
  await settled(() => result.current.map(({ typing }) => typing()));
  expect(result.current[1].participants).toEqual([]);
});
