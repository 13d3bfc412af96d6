/** Files, as the official package sends and reads them: names, types, and what it is told where it may not. */
import type { Message } from '@twilio/conversations';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { heard } from '../sdk/operations/heard.ts';
import { type Package, packages } from '../sdk/operations/packages.ts';
import { World } from '../sdk/operations/world.ts';

const official = packages.find(({ name }) => name === '@twilio/conversations') as Package;
let world: World;
beforeAll(async () => {
  world = await World.start(official);
});
afterEach(() => world.hangUp());
afterAll(() => world.end());

const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

/** How the package shows that a request for media failed. */
const refused = (status: number, code: number) => ({ code: status, body: { code, detail: expect.any(String) } });

test.each(['größe & maß 1+2.png', 'a "quoted" name;.png', '📎 файл (1).png', 'q?x=1#y%20.png'])(
  'a file keeps its name: %s',
  async (filename) => {
    const { anns, bens } = await world.pair();
    const added = heard(bens, 'messageAdded');
    await anns.sendMessage({ contentType: 'image/png', filename, media: png });
    const { media } = await added;
    expect(media).toMatchObject({ filename, contentType: 'image/png', size: png.length });
    const answer = await fetch((await media?.getContentTemporaryUrl()) ?? '');
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(png);
    const name = /filename\*=UTF-8''(.*)$/.exec(answer.headers.get('content-disposition') ?? '')?.[1];
    expect(decodeURIComponent(name ?? '')).toBe(filename);
  },
);

test('a wrong label is corrected, and one that hides a page is refused; nothing is sent then', async () => {
  const { anns } = await world.pair();
  await anns.sendMessage({ contentType: 'text/plain', media: png });
  await anns.sendMessage({ contentType: 'application/octet-stream', media: png });
  const page = { contentType: 'image/png', media: '<!doctype html><script>alert(1)</script>' };
  await expect(anns.sendMessage(page)).rejects.toMatchObject(refused(400, 50511));
  await expect(anns.sendMessage({ contentType: 'nonsense', media: 'x' })).rejects.toMatchObject(refused(400, 50511));
  await anns.sendMessage('after it');
  const { items } = await anns.getMessages();
  expect(items.map(({ body, media }) => body ?? media?.contentType)).toEqual(['image/png', 'image/png', 'after it']);
});

test('ten files are a message, and the package itself refuses the eleventh', async () => {
  const { anns, bens } = await world.pair();
  const added = heard(bens, 'messageAdded');
  const builder = anns.prepareMessage();
  const names = Array.from({ length: 10 }, (_, at) => `${at}.txt`);
  for (const filename of names) builder.addMedia({ contentType: 'text/plain', filename, media: filename });
  await builder.buildAndSend();
  const message = await added;
  expect(message.attachedMedia?.map(({ filename }) => filename)).toEqual(names);
  const urls = await message.getTemporaryContentUrlsForAttachedMedia();
  const contents = [...urls.values()].map(async (url) => (await fetch(url)).text());
  expect((await Promise.all(contents)).sort()).toEqual(names);
  builder.addMedia({ contentType: 'text/plain', filename: '11.txt', media: '11' });
  expect(() => builder.build()).toThrow();
});

test('files of others are not there: alone, among several, and after leaving', async () => {
  const { ben, anns, bens } = await world.pair();
  const added = heard(bens, 'messageAdded');
  await anns.sendMessage({ contentType: 'text/plain', media: 'a note' });
  const message: Message = await added;
  const sid = message.media?.sid ?? '';
  const eve = await world.person('eve');
  await expect(eve.getTemporaryContentUrlsForMediaSids([sid])).rejects.toThrow(sid);

  const { sid: service } = await world.rest.services.create({ friendlyName: 'other' });
  const name = world.name('other');
  const elsewhere = await world.person('other', await world.server.token(name, { service }));
  await expect(elsewhere.getTemporaryContentUrlsForMediaSids([sid])).rejects.toThrow(sid);

  expect([...(await ben.getTemporaryContentUrlsForMediaSids([sid])).keys()]).toEqual([sid]);
  const left = heard(ben, 'conversationRemoved');
  await bens.leave();
  await left;
  await expect(message.media?.getContentTemporaryUrl()).rejects.toMatchObject(refused(404, 20404));
  await expect(ben.getTemporaryContentUrlsForMediaSids([sid])).rejects.toThrow(sid);
});

test('with a token that has expired nothing goes up, until there is another one', async () => {
  const identity = world.name('ann');
  const ann = await world.person('ann', await world.server.token(identity, { ttl: 5 }));
  const expired = heard(ann, 'tokenExpired');
  const room = await ann.createConversation();
  await room.join();
  await expired;
  const note = { contentType: 'text/plain', media: 'a note' };
  await expect(room.sendMessage(note)).rejects.toMatchObject(refused(401, 20104));
  await ann.updateToken(await world.server.token(identity));
  expect(await room.sendMessage(note)).toBe(0);
});
