import { afterEach, expect, it, vi } from 'vitest';
import type { ColloquyError } from '../errors.ts';
import { fakeFetch } from '../testing/fake-media.ts';
import { MemoryStorage } from '../testing/memory-storage.ts';
import { connected, inConversation } from '../testing/start.ts';
import { settle } from '../testing/turns.ts';

afterEach(() => vi.unstubAllGlobals());

/** A world in which uploads can be held back and turned down. */
async function withUploads(storage?: MemoryStorage) {
  const world = await inConversation({ ...(storage && { storage }) });
  const real = fakeFetch(world.server);
  const uploads = { count: 0, answer: undefined as (() => Promise<Response>) | undefined };
  vi.stubGlobal('fetch', (address: string, init: RequestInit) => {
    uploads.count += 1;
    if (!uploads.answer) return real(address, init);
    return new Promise((resolve, reject) => {
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      uploads.answer?.().then(resolve, reject);
    });
  });
  return { ...world, uploads };
}

const file = (media: string) => ({ contentType: 'text/plain', media, filename: 'a.txt' });
const codeOf = (work: Promise<unknown>) => work.then(String, (error: ColloquyError) => error.code);
const never = () => new Promise<never>(() => {});

function contents({ server, sid }: Awaited<ReturnType<typeof withUploads>>) {
  const messages = [...(server.conversations.get(sid)?.messages.values() ?? [])];
  return messages.map(({ data }) => data.body ?? data.media?.map(({ size }) => size));
}

it('A file is pending with its progress, and keeps its place among the messages.', async () => {
  const world = await withUploads();
  const { conversation, client } = world;
  const seen: string[] = [];
  client.on('pendingMessagesChanged', () => {
    const { status, progress } = conversation.pendingMessages.find(({ files }) => files.length > 0) ?? {};
    const state = `${status} ${progress}`;
    if (status && seen.at(-1) !== state) seen.push(state);
  });
  const sent = [conversation.sendMessage(file('abc')), conversation.sendMessage('after it')];
  expect(conversation.pendingMessages[0]?.files).toMatchObject([{ category: 'media', name: 'a.txt' }]);
  expect(await Promise.all(sent)).toEqual([0, 1]);
  expect(contents(world)).toEqual([[3], 'after it']);
  expect(seen).toEqual(['waiting null', 'uploading 0', 'uploading 1', 'waiting null', 'sending null']);
});

it('An upload that breaks off is tried again, as is one that comes too fast.', async () => {
  const world = await withUploads();
  const answers = [
    () => Promise.reject(new TypeError('fetch failed')),
    async () => Response.json({ code: 20429, message: 'Too many' }, { status: 429, headers: { 'Retry-After': '7' } }),
  ];
  const { uploads, timers } = world;
  const times: number[] = [];
  uploads.answer = () => {
    times.push(timers.now());
    const answer = answers.shift() as () => Promise<Response>;
    if (!answers.length) uploads.answer = undefined;
    return answer();
  };
  const sent = world.conversation.sendMessage(file('abc'));
  await vi.waitFor(async () => {
    await timers.advance(500);
    expect(uploads.count).toBe(3);
  });
  expect(await sent).toBe(0);
  expect(contents(world)).toEqual([[3]]);
  expect(timers.now() - (times[1] ?? 0)).toBeGreaterThanOrEqual(7000);
});

it('One that the server refuses fails, can be tried again, and holds nobody up.', async () => {
  const world = await withUploads();
  const { conversation, uploads } = world;
  uploads.answer = async () => {
    uploads.answer = undefined;
    return Response.json({ code: 50511, message: 'Bad type' }, { status: 400 });
  };
  const refused = codeOf(conversation.sendMessage(file('abc')));
  expect(await conversation.sendMessage('after it')).toBe(0);
  expect(await refused).toBe(50511);
  const [failed] = conversation.pendingMessages;
  expect(failed).toMatchObject({ status: 'failed', error: { code: 50511 }, progress: null });
  expect(await failed?.retry()).toBe(1);
  expect(contents(world)).toEqual(['after it', [3]]);
});

it('An upload ends when its message is removed, and the next one goes on.', async () => {
  const world = await withUploads();
  const { conversation, uploads } = world;
  uploads.answer = never;
  const removed = codeOf(conversation.sendMessage(file('abc')));
  const next = conversation.sendMessage('after it');
  await settle();
  expect(conversation.pendingMessages[0]).toMatchObject({ status: 'uploading' });
  expect(conversation.pendingMessages[0]?.remove()).toBe(true);
  expect([await removed, await next]).toEqual([105, 0]);
  expect(conversation.pendingMessages).toEqual([]);
});

it('Files that waited too long for their message are uploaded again, once.', async () => {
  const world = await withUploads();
  const { conversation, server, uploads, network, timers } = world;
  network.stop();
  const sent = conversation.sendMessage(file('abc'));
  await settle();
  server.media.clear();
  network.flow();
  await timers.advance(60_000);
  expect(await sent).toBe(0);
  expect(uploads.count).toBe(2);
  server.turnsDown = (method) => (method === 'messages.send' ? 50507 : undefined);
  expect(await codeOf(conversation.sendMessage(file('abc')))).toBe(50507);
  expect(uploads.count).toBe(4);
});

it('A program that fails at its progress loses nothing by it.', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  try {
    const world = await withUploads();
    const options = {
      onProgress: () => {
        throw new Error('broken');
      },
    };
    expect(await world.conversation.sendMessage(file('abc'), {}, {}, options)).toBe(0);
    expect(() => vi.runAllTimers()).toThrow('broken');
  } finally {
    vi.useRealTimers();
  }
});

it('A file that was not uploaded is sent after a reload.', async () => {
  const storage = new MemoryStorage();
  const world = await withUploads(storage);
  world.uploads.answer = never;
  const lost = codeOf(world.conversation.sendMessage(file('abc')));
  await settle();
  await world.client.shutdown();
  expect(await lost).toBe(1000);
  world.uploads.answer = undefined;
  const later = await connected('alice', world.server, { storage });
  await later.timers.advance(1000);
  await vi.waitFor(() => expect(contents(world)).toEqual([[3]]));
  await later.client.shutdown();
});
