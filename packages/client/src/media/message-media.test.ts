import { afterEach, expect, it, vi } from 'vitest';
import type { UnsentMessage } from '../message-builder.ts';
import { fakeFetch } from '../testing/fake-media.ts';
import { inConversation } from '../testing/start.ts';
import { settle } from '../testing/turns.ts';
import { Media } from './media.ts';

afterEach(() => vi.unstubAllGlobals());

async function withUploads() {
  const world = await inConversation();
  const fetched: string[] = [];
  const server = fakeFetch(world.server);
  vi.stubGlobal('fetch', (address: string, init: RequestInit) => {
    if (init.signal?.aborted) return Promise.reject(init.signal.reason);
    fetched.push(address);
    return server(address, init);
  });
  const last = async () => {
    const message = (await world.conversation.getMessages()).items.at(-1);
    if (!message) throw new Error('There is no message.');
    return message;
  };
  return { ...world, fetched, last };
}

const text = (media: string, filename?: string) => ({
  contentType: 'text/plain',
  media,
  ...(filename !== undefined && { filename }),
});

it('A file is sent as a message.', async () => {
  const { conversation, last, fetched, asked } = await withUploads();
  expect(await conversation.sendMessage(text('hello', 'a.txt'), { mood: 'good' }, { subject: 'S' })).toBe(0);
  expect(fetched).toEqual([
    'https://chat.example/v1/Services/IS0123456789abcdef0123456789abcdef/Media?Category=media&Filename=a.txt',
  ]);
  const message = await last();
  expect(message).toMatchObject({ type: 'media', body: null, subject: 'S', attributes: { mood: 'good' } });
  expect(message.media).toBeInstanceOf(Media);
  expect(message.media).toMatchObject({ filename: 'a.txt', contentType: 'text/plain', size: 5, category: 'media' });
  expect(asked('messages.send')[0]?.params).not.toHaveProperty('files');
});

it('A form is sent as a message.', async () => {
  const { conversation, last } = await withUploads();
  const form = new FormData();
  form.append('file', new File(['hello'], 'b.txt', { type: 'text/x' }));
  await conversation.sendMessage(form);
  expect((await last()).media).toMatchObject({ filename: 'b.txt', contentType: 'text/x', size: 5 });
});

it('A message has no media, or all that it was given, in their order.', async () => {
  const { conversation, last } = await withUploads();
  await conversation.sendMessage('plain');
  expect(await last()).toMatchObject({ type: 'text', media: null, attachedMedia: [] });
  const progress: unknown[] = [];
  const builder = conversation.prepareMessage().setBody('three').addMedia(text('1')).addMedia(text('22'));
  await builder.addMedia(text('333')).buildAndSend({ onProgress: (step) => progress.push(step) });
  const message = await last();
  expect(message.attachedMedia.map(({ size }) => size)).toEqual([1, 2, 3]);
  expect(message.attachedMedia[0]).toBe(message.media);
  expect(message.getMediaByCategory(['media'])).toEqual(message.attachedMedia);
  expect(progress).toEqual([1 / 3, 2 / 3, 1]);
});

it('An e-mail has a body and a history, each as text and as a page.', async () => {
  const { conversation, last } = await withUploads();
  await conversation
    .prepareMessage()
    .setSubject('Hi')
    .addMedia(text('attached'))
    .setEmailBody('text/plain', text('replaced'))
    .setEmailBody('text/plain', text('body'))
    .setEmailBody('text/html', { contentType: null, media: '<b>body</b>' })
    .setEmailHistory('text/plain', text('history'))
    .buildAndSend();
  const message = await last();
  expect(message.attachedMedia.map(({ size }) => size)).toEqual([8]);
  expect(message.getEmailBody()).toMatchObject({ category: 'body', contentType: 'text/plain', size: 4 });
  expect(message.getEmailBody('text/html')).toMatchObject({ contentType: 'text/html', size: 11 });
  expect(message.getEmailHistory()).toMatchObject({ category: 'history', size: 7 });
  expect(message.getEmailHistory('text/html')).toBeNull();
  expect(message.getMediaByCategories(['body', 'history'])).toHaveLength(3);
});

it('An e-mail alone is no message with media.', async () => {
  const { conversation, last } = await withUploads();
  await conversation.prepareMessage().setEmailBody('text/plain', text('body')).buildAndSend();
  expect(await last()).toMatchObject({ type: 'text', media: null });
});

it('What cannot be sent is refused before anything is.', async () => {
  const { conversation, fetched } = await withUploads();
  const invalid = (words: RegExp) => expect.objectContaining({ code: 20422, message: expect.stringMatching(words) });
  const many = conversation.prepareMessage().setEmailBody('text/plain', text('x'));
  for (let n = 0; n < 10; n += 1) many.addMedia(text('x'));
  expect(() => many.build()).toThrow(invalid(/more than 10/));
  expect(() => conversation.prepareMessage().setEmailBody('image/png', text('x')).build()).toThrow(
    invalid(/email body: image\/png/),
  );
  expect(() => conversation.prepareMessage().setEmailHistory('text/css', text('x')).build()).toThrow(
    invalid(/email history: text\/css/),
  );
  expect(() => conversation.prepareMessage().addMedia({ contentType: 'a/b', media: null })).toThrow(invalid(/empty/));
  expect(fetched).toEqual([]);
  expect(conversation.limits).toEqual({
    mediaAttachmentsCountLimit: 10,
    mediaAttachmentSizeLimitInMb: 150,
    mediaAttachmentsTotalSizeLimitInMb: 1500,
    emailBodiesAllowedContentTypes: ['text/plain', 'text/html'],
    emailHistoriesAllowedContentTypes: ['text/plain', 'text/html'],
  });
});

it('A built message shows what it has, however often it is built.', async () => {
  const { conversation } = await withUploads();
  const file = text('x');
  const builder = conversation.prepareMessage().addMedia(file).setEmailBody('text/plain', file);
  builder.build();
  const unsent: UnsentMessage = builder.build();
  expect(unsent.mediaContent).toEqual([
    ['media', file],
    ['body', file],
  ]);
});

it('Nothing is sent when an upload is refused, or given up.', async () => {
  const { conversation, asked, fetched } = await withUploads();
  await expect(conversation.sendMessage(text('x'.repeat(1_000_001)))).rejects.toMatchObject({ code: 50512 });
  const sending = conversation.prepareMessage().addMedia(text('a')).addMedia(text('b')).buildAndSend();
  sending.cancel();
  await expect(sending).rejects.toMatchObject({ code: 104 });
  await settle();
  expect(fetched).toHaveLength(2);
  expect(asked('messages.send')).toEqual([]);
});

it('Addresses of all files of a message come at once, and each has its own then.', async () => {
  const { conversation, last, asked } = await withUploads();
  await conversation.prepareMessage().addMedia(text('1')).addMedia(text('2')).buildAndSend();
  const message = await last();
  const [first, second] = message.attachedMedia as [Media, Media];
  const urls = await message.getTemporaryContentUrlsForAttachedMedia();
  expect([...urls.keys()]).toEqual([first.sid, second.sid]);
  expect(await second.getContentTemporaryUrl()).toBe(urls.get(second.sid));
  expect(await message.attachTemporaryUrlsFor([first])).toEqual([first]);
  expect(await message.attachTemporaryUrlsFor(null)).toEqual([]);
  expect(asked('media.links')).toHaveLength(1);
});

it('A change of the media is told.', async () => {
  const { conversation, server, sid, last, seen } = await withUploads();
  await conversation.sendMessage(text('1'));
  const message = await last();
  await settle();
  seen.length = 0;
  const stored = server.conversations.get(sid)?.messages.get(0);
  if (!stored) throw new Error('It is not there.');
  stored.data = { ...stored.data, media: [server.upload('alice', { contentType: 'image/png' })] };
  server.append(stored.data.conversationSid, 'message.updated', stored.data);
  await settle();
  expect(seen).toMatchObject([{ event: 'messageUpdated', args: [{ updateReasons: ['media'] }] }]);
  expect(message.media?.contentType).toBe('image/png');
});
