// @vitest-environment happy-dom
import type { ErrorCode } from '@colloquy/protocol';
import { expect, test } from 'vitest';
import { settled, world } from './testing/world.tsx';
import { useMessages } from './use-messages.ts';
import { useSendMessage } from './use-send-message.ts';

/** The same with one message that the server refuses, as it does all others until it is told not to. */
async function withRefused() {
  const started = await world();
  let code: ErrorCode | undefined = 50107;
  started.server.turnsDown = (method) => (method === 'messages.send' ? code : undefined);
  const hook = await started.hook(() => useSendMessage(started.conversation));
  let index: number | null = 0;
  await settled(async () => {
    index = await hook.result.current.send('Hello');
  });
  expect(index).toBe(null);
  const accept = () => {
    code = undefined;
  };
  return { ...started, result: hook.result, accept };
}

test('A text is sent with its attributes, and its index comes back.', async () => {
  const { hook, conversation, server, sid } = await world();
  const { result } = await hook(() => useSendMessage(conversation));
  let index: number | null = null;
  await settled(async () => {
    index = await result.current.send('Hello', { mood: 'good' }, { subject: 'Lunch' });
  });
  expect(index).toBe(0);
  expect(server.conversations.get(sid)?.messages.get(0)?.data).toMatchObject({
    body: 'Hello',
    attributes: '{"mood":"good"}',
    subject: 'Lunch',
  });
});

test('A message can be put together step by step.', async () => {
  const { hook, conversation, server, sid } = await world();
  const { result } = await hook(() => useSendMessage(conversation));
  await settled(() => result.current.send((builder) => builder.setBody('Hello').setSubject('Lunch')));
  expect(server.conversations.get(sid)?.messages.get(0)?.data).toMatchObject({ body: 'Hello', subject: 'Lunch' });
});

test('A message is pending at once, also while there is no connection, and never shown twice or not at all.', async () => {
  const { hook, conversation, network, timers } = await world();
  const shown: string[] = [];
  const { result } = await hook(() => {
    const { messages, pending } = useMessages(conversation);
    shown.push([...messages.map(({ body }) => body), ...pending.map(({ body }) => `(${body})`)].join(' '));
    return useSendMessage(conversation);
  });
  const { send } = result.current;
  network.online = false;
  await settled(() => network.socket.cut());
  shown.length = 0;
  await settled(() => void send('one'));
  await settled(() => void send('two'));
  expect(result.current).toMatchObject({ isSending: true, error: null, send });
  expect(result.current.pending.map(({ body, status }) => `${body} ${status}`)).toEqual(['one waiting', 'two waiting']);
  network.online = true;
  await settled(() => timers.advance(60_000));
  expect(result.current).toMatchObject({ isSending: false, error: null, pending: [] });
  const possible = ['(one)', '(one) (two)', 'one (two)', 'one two'];
  expect(shown.filter((text) => !possible.includes(text))).toEqual([]);
  expect(shown.at(-1)).toBe('one two');
});

test('A message that is refused stays with its error, and can be sent again.', async () => {
  const { result, accept, server, sid } = await withRefused();
  expect(result.current).toMatchObject({ isSending: false, error: { code: 50107 } });
  expect(result.current.pending).toMatchObject([{ body: 'Hello', status: 'failed', error: { code: 50107 } }]);
  accept();
  await settled(() => result.current.pending[0]?.retry());
  expect(result.current).toMatchObject({ pending: [], error: null });
  expect(server.conversations.get(sid)?.messages.get(0)?.data.body).toBe('Hello');
});

test('A message that is refused can be removed, and its error with it.', async () => {
  const { result } = await withRefused();
  await settled(() => result.current.pending[0]?.remove());
  expect(result.current).toMatchObject({ pending: [], error: null });
});

test('A message that somebody takes back is no error.', async () => {
  const { hook, conversation, network } = await world();
  const { result } = await hook(() => useSendMessage(conversation));
  network.online = false;
  await settled(() => network.socket.cut());
  const abort = new AbortController();
  await settled(() => void result.current.send('Never mind', {}, {}, { signal: abort.signal }));
  await settled(() => void result.current.send('Nor this'));
  await settled(() => abort.abort());
  await settled(() => result.current.pending[0]?.remove());
  expect(result.current).toMatchObject({ pending: [], isSending: false, error: null });
});

test('A message that could not even wait is an error as well.', async () => {
  const { hook, conversation, client } = await world();
  const { result } = await hook(() => useSendMessage(conversation));
  await settled(() => client.shutdown());
  await settled(async () => expect(await result.current.send('Hello')).toBe(null));
  expect(result.current).toMatchObject({ pending: [], isSending: false, error: { code: 1000 } });
});

test('Without a conversation nothing is sent.', async () => {
  const { hook, asked } = await world();
  const { result } = await hook(() => useSendMessage(null));
  await settled(async () => expect(await result.current.send('Hello')).toBe(null));
  expect(asked('messages.send')).toEqual([]);
});
