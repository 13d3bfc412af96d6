import { createHash } from 'node:crypto';
import type { Message } from '@twilio/conversations';
import { expect, test } from 'vitest';
import { heard } from './heard.ts';
import type { World } from './world.ts';

const note = { contentType: 'text/plain', filename: 'note.txt', media: 'a note' };
const image = { contentType: 'image/png', media: Buffer.from('89504e470d0a1a0a00ff0a0d', 'hex') };

const fetched = async (url: string | null | undefined) =>
  createHash('sha256')
    .update(Buffer.from(await (await fetch(url ?? '')).arrayBuffer()))
    .digest('hex');
const sum = (of: string | Buffer) => createHash('sha256').update(of).digest('hex');

export function mediaOperations(world: () => World): void {
  /** Two users, and a message with text and two files, as the other one sees it. */
  const withFiles = async () => {
    const pair = await world().pair();
    const added = heard(pair.bens, 'messageAdded');
    const builder = pair.anns.prepareMessage().setBody('two of them').addMedia(note).addMedia(image);
    expect(await builder.buildAndSend()).toBe(0);
    return { ...pair, message: await added };
  };

  test('sendMessage: a file, with its attributes', async () => {
    const { anns, bens } = await world().pair();
    const added = heard(bens, 'messageAdded');
    expect(await anns.sendMessage(note, { kind: 'note' })).toBe(0);
    const message = await added;
    expect(message).toMatchObject({ type: 'media', body: null, attributes: { kind: 'note' } });
    expect(message.media).toBeInstanceOf(world().sdk.Media);
    expect(message.media).toMatchObject({
      contentType: 'text/plain',
      filename: 'note.txt',
      size: 6,
      category: 'media',
    });
    expect(message.media?.sid).toMatch(/^ME[0-9a-f]{32}$/);
    expect(message.attachedMedia?.length).toBe(1);
  });

  test('addMedia: several with a text, in their order', async () => {
    const { message } = await withFiles();
    expect(message.body).toBe('two of them');
    expect(message.attachedMedia?.map(({ contentType, filename, size }) => [contentType, filename, size])).toEqual([
      ['text/plain', 'note.txt', 6],
      ['image/png', null, 12],
    ]);
    expect(message.media?.sid).toBe(message.attachedMedia?.[0]?.sid);
  });

  test('getMediaByCategories, getMediaByCategory', async () => {
    const { message } = await withFiles();
    const sids = message.attachedMedia?.map(({ sid }) => sid);
    expect(message.getMediaByCategories(['media'])?.map(({ sid }) => sid)).toEqual(sids);
    expect(message.getMediaByCategory(['media'])?.map(({ sid }) => sid)).toEqual(sids);
    expect(message.getMediaByCategories(['body', 'history']) ?? []).toEqual([]);
  });

  test('getContentTemporaryUrl: an address that opens the file', async () => {
    const { message } = await withFiles();
    const [first, second] = message.attachedMedia ?? [];
    expect(await fetched(await first?.getContentTemporaryUrl())).toBe(sum(note.media));
    expect(await fetched(await second?.getContentTemporaryUrl())).toBe(sum(image.media));
  });

  test('getTemporaryContentUrlsForAttachedMedia, …ForMedia, …ForMediaSids: of a message', async () => {
    const { message } = await withFiles();
    const media = message.attachedMedia ?? [];
    const sids = media.map(({ sid }) => sid);
    for (const urls of [
      await message.getTemporaryContentUrlsForAttachedMedia(),
      await message.getTemporaryContentUrlsForMedia(media),
      await message.getTemporaryContentUrlsForMediaSids(sids),
    ]) {
      expect([...urls.keys()].sort()).toEqual([...sids].sort());
      expect(await fetched(urls.get(sids[1] as string))).toBe(sum(image.media));
    }
  });

  test('getTemporaryContentUrlsForMedia, …ForMediaSids: of the client', async () => {
    const { ben, message } = await withFiles();
    const media = message.attachedMedia ?? [];
    const [sid] = media.map((each) => each.sid) as [string];
    expect(await fetched((await ben.getTemporaryContentUrlsForMedia(media)).get(sid))).toBe(sum(note.media));
    expect([...(await ben.getTemporaryContentUrlsForMediaSids([sid])).keys()]).toEqual([sid]);
  });

  test('attachTemporaryUrlsFor: the files, which have addresses then', async () => {
    const { message } = await withFiles();
    const attached = await message.attachTemporaryUrlsFor(message.attachedMedia);
    expect(attached.map(({ sid }) => sid)).toEqual(message.attachedMedia?.map(({ sid }) => sid));
    expect(await fetched(await attached[0]?.getContentTemporaryUrl())).toBe(sum(note.media));
  });

  test('cancel: ends a message with a file, which is not sent', async () => {
    const { anns } = await world().pair();
    const huge = { contentType: 'application/octet-stream', media: Buffer.alloc(20_000_000) };
    const sending = anns.prepareMessage().addMedia(huge).build().send();
    expect(sending).toBeInstanceOf(world().sdk.CancellablePromise);
    expect(sending.cancel()).toBe(sending);
    await expect(sending).rejects.toThrow();
    expect(await anns.sendMessage('after it')).toBe(0);
  });

  test('limits: how many files, how large, and which e-mails', async () => {
    const { anns } = await world().pair();
    const { limits } = anns;
    expect(limits.mediaAttachmentsCountLimit).toBeGreaterThan(0);
    expect(limits.mediaAttachmentSizeLimitInMb).toBeGreaterThan(0);
    expect(limits.mediaAttachmentsTotalSizeLimitInMb).toBeGreaterThanOrEqual(limits.mediaAttachmentSizeLimitInMb);
    expect([...limits.emailBodiesAllowedContentTypes].sort()).toEqual(['text/html', 'text/plain']);
    expect([...limits.emailHistoriesAllowedContentTypes].sort()).toEqual(['text/html', 'text/plain']);
  });

  test('a message without files has none', async () => {
    const { anns } = await world().pair();
    await anns.sendMessage('text');
    const [message] = (await anns.getMessages()).items as [Message];
    expect([message.type, message.media, message.attachedMedia ?? []]).toEqual(['text', null, []]);
    // The other package refuses to ask for no addresses.
    if (world().isOurs) expect((await message.getTemporaryContentUrlsForAttachedMedia()).size).toBe(0);
    expect([message.getEmailBody(), message.getEmailHistory('text/html')]).toEqual([null, null]);
  });
}
