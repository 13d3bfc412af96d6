// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { settled, world } from './testing/world.tsx';
import { useSendMessage } from './use-send-message.ts';

test('A text is sent with its attributes, and its index comes back.', async () => {
  const { hook, conversation, server, sid } = await world();
  const { result } = await hook(() => useSendMessage(conversation));
  let index: number | null = null;
  await settled(async () => {
    index = await result.current.send('Hello', { mood: 'good' });
  });
  expect(index).toBe(0);
  expect(server.conversations.get(sid)?.messages.get(0)?.data).toMatchObject({
    body: 'Hello',
    attributes: '{"mood":"good"}',
  });
});

test('A message can be put together step by step.', async () => {
  const { hook, conversation, server, sid } = await world();
  const { result } = await hook(() => useSendMessage(conversation));
  await settled(() => result.current.send((builder) => builder.setBody('Hello').setSubject('Lunch')));
  expect(server.conversations.get(sid)?.messages.get(0)?.data).toMatchObject({ body: 'Hello', subject: 'Lunch' });
});

test('While it is on its way the hook says so.', async () => {
  const { hook, conversation, network } = await world();
  const { result } = await hook(() => useSendMessage(conversation));
  const { send } = result.current;
  network.stop();
  await settled(() => void send('Hello'));
  expect(result.current.isSending).toBe(true);
  network.flow();
  await settled();
  expect(result.current).toMatchObject({ isSending: false, error: null, send });
});

test('A message that is refused is an error, and nothing to catch.', async () => {
  const { hook, conversation, bob, sid } = await world();
  const { result } = await hook(() => useSendMessage(conversation));
  await settled(() => bob('participants.remove', { conversation: sid, participant: 'alice', key: 'out' }));
  let index: number | null = 0;
  await settled(async () => {
    index = await result.current.send('Hello');
  });
  expect(index).toBe(null);
  expect(result.current).toMatchObject({ isSending: false, error: { code: 50350 } });
});

test('Without a conversation nothing is sent.', async () => {
  const { hook, asked } = await world();
  const { result } = await hook(() => useSendMessage(null));
  await settled(async () => expect(await result.current.send('Hello')).toBe(null));
  expect(asked('messages.send')).toEqual([]);
});
