/** The official package in a real browser: what an app does with it, and what becomes of its pages. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isSkipped } from '../../../scripts/browser.mjs';
import { forms, hears, signIn } from './site.ts';
import { BrowserWorld } from './world.ts';

let world: BrowserWorld;
beforeAll(async () => {
  if (!isSkipped) world = await BrowserWorld.start();
});
afterEach(async () => {
  world?.line.mend();
  await world?.hangUp();
});
afterAll(() => world?.end());

const png = [137, 80, 78, 71, 13, 10, 26, 10, 0, 255];

describe.each(forms)('%s', { timeout: 60_000 }, (form) => {
  test.skipIf(isSkipped)('two people and a phone talk, with everything that an app offers', async () => {
    const [ann, ben] = [world.name('ann'), world.name('ben')];
    const [anns, bens] = [await world.tab(form, ann), await world.tab(form, ben)];
    const phone = world.phoneNumber();

    const sid = await anns.evaluate(
      async ({ ben, phone }) => {
        const room = await client.createConversation({ friendlyName: 'Tea', attributes: { topic: 'Grün' } });
        await room.join();
        await room.add(ben);
        await room.addNonChatParticipant('+12025550100', phone, { friendlyName: 'Phone' });
        return room.sid;
      },
      { ben, phone },
    );
    await hears(anns, `conversationJoined ${sid}`);
    await hears(bens, `conversationJoined ${sid}`);
    expect(
      await bens.evaluate(async () => {
        const { items } = await client.getSubscribedConversations();
        const room = items[0] as NonNullable<(typeof items)[0]>;
        let participants = await room.getParticipants();
        // Whoever was there when the roster was read is told of by no event.
        while (participants.length < 3) {
          await new Promise((resolve) => room.once('participantJoined', resolve));
          participants = await room.getParticipants();
        }
        const names = participants.map(
          ({ identity, type, bindings }) => identity ?? Reflect.get(bindings, type).address,
        );
        // In the order in which the client heard of them, by reading or by being told.
        return [items.map(({ friendlyName, attributes }) => [friendlyName, attributes]), names.sort()];
      }),
    ).toEqual([[['Tea', { topic: 'Grün' }]], [ann, ben, phone].sort()]);

    await bens.evaluate(async (sid) => (await client.getConversationBySid(sid)).sendMessage('hello', { mood: 1 }), sid);
    await hears(anns, 'messageAdded hello');
    await anns.evaluate(async (sid) => {
      const room = await client.getConversationBySid(sid);
      const [message] = (await room.getMessages()).items;
      await message?.updateAttributes({ mood: 1, reactions: { heart: ['ann'] } });
      await room.updateLastReadMessageIndex(0);
      await room.setAllMessagesRead();
    }, sid);
    await hears(bens, 'messageUpdated hello attributes,lastUpdatedBy');
    expect(
      await bens.evaluate(async (sid) => {
        const room = await client.getConversationBySid(sid);
        const [message] = (await room.getMessages()).items;
        const others = (await room.getParticipants()).filter(({ identity }) => identity !== client.user.identity);
        const isRead = () => others.some(({ lastReadMessageIndex }) => lastReadMessageIndex === 0);
        while (!isRead()) await new Promise((resolve) => room.once('participantUpdated', resolve));
        return [message?.attributes, await room.getUnreadMessagesCount(), await room.getMessagesCount()];
      }, sid),
    ).toEqual([{ mood: 1, reactions: { heart: ['ann'] } }, null, 1]);

    // The phone has it, too, and answers.
    const phones = `${world.server.url}/v1/x/sandbox/phones/${encodeURIComponent(phone)}/messages`;
    const { authorization } = world.server;
    const got = await (await fetch(`${phones}?wait=10`, { headers: { authorization } })).json();
    expect(got).toMatchObject({ messages: [{ body: expect.stringContaining('hello') }] });
    const headers = { authorization, 'content-type': 'application/json' };
    await fetch(phones, {
      method: 'POST',
      headers,
      body: JSON.stringify({ to: '+12025550100', body: 'from outside' }),
    });
    await hears(anns, 'messageAdded from outside');
    await hears(bens, 'messageAdded from outside');
    expect([anns.troubles, bens.troubles]).toEqual([[], []]);
  });

  test.skipIf(isSkipped)(
    'files go up from a form and from blobs, under their names, and open from another origin',
    async () => {
      const [ann, ben] = [world.name('ann'), world.name('ben')];
      const sid = await world.roomOf(ann, ben);
      const [anns, bens] = [await world.tab(form, ann), await world.tab(form, ben)];
      await hears(anns, `conversationJoined ${sid}`);
      await hears(bens, `conversationJoined ${sid}`);
      await anns.evaluate(
        async ({ sid, png }) => {
          const room = await client.getConversationBySid(sid);
          const image = new Blob([new Uint8Array(png)], { type: 'image/png' });
          const data = new FormData();
          data.append('file', image, 'größe & maß 1.png');
          await room.sendMessage(data);
          await room.sendMessage({ contentType: 'image/png', filename: 'zwei +ü.png', media: image });
          const text = new FormData();
          text.append('file', new File(['note'], 'note.txt', { type: 'text/plain' }));
          await room.prepareMessage().setBody('both').addMedia(data).addMedia(text).build().send();
        },
        { sid, png },
      );
      await hears(bens, 'messageAdded both');
      const seen = await bens.evaluate(async (sid) => {
        const room = await client.getConversationBySid(sid);
        const { items } = await room.getMessages();
        const files = items.flatMap(({ attachedMedia }) => attachedMedia ?? []);
        const [last] = items.slice(-1);
        const urls = await last?.getTemporaryContentUrlsForAttachedMedia();
        return Promise.all(
          files.map(async (media) => {
            const answer = await fetch(urls?.get(media.sid) ?? (await media.getContentTemporaryUrl()) ?? '');
            const bytes = [...new Uint8Array(await answer.arrayBuffer())];
            return [media.filename, media.contentType, media.size, answer.headers.get('content-type'), bytes];
          }),
        );
      }, sid);
      const note = [...Buffer.from('note')];
      expect(seen).toEqual([
        ['größe & maß 1.png', 'image/png', 10, 'image/png', png],
        ['zwei +ü.png', 'image/png', 10, 'image/png', png],
        ['größe & maß 1.png', 'image/png', 10, 'image/png', png],
        ['note.txt', 'text/plain', 4, 'text/plain', note],
      ]);
      // What is refused is readable from another origin, too; what is cancelled is not sent.
      expect(
        await anns.evaluate(async (sid) => {
          const room = await client.getConversationBySid(sid);
          const page = new Blob(['<!doctype html><script>alert(1)</script>']);
          const refusal = room.sendMessage({ contentType: 'image/png', media: page }).catch((error: unknown) => error);
          const { code, body } = (await refusal) as { code: number; body: { code: number } };
          const huge = new Blob([new Uint8Array(20_000_000)]);
          const unsent = room
            .prepareMessage()
            .addMedia({ contentType: 'application/octet-stream', media: huge })
            .build();
          const sending = unsent.send();
          sending.cancel();
          const isCancelled = await sending.then(
            () => false,
            () => true,
          );
          return [code, body.code, isCancelled, await room.getMessagesCount()];
        }, sid),
      ).toEqual([400, 50511, true, 3]);
      expect([anns.troubles, bens.troubles]).toEqual([[], []]);
    },
  );

  test.skipIf(isSkipped)(
    'who is cut off while others write, edit, add and remove gets all of it when he is back',
    async () => {
      const [ann, ben] = [world.name('ann'), world.name('ben')];
      const [anns, bens] = [await world.tab(form, ann, world.line.url), await world.tab(form, ben)];
      const sid = await bens.evaluate(async (ann) => {
        const room = await (await client.createConversation()).join();
        await room.add(ann);
        return room.sid;
      }, ann);
      await hears(anns, `conversationJoined ${sid}`);
      await hears(bens, `conversationJoined ${sid}`);
      await anns.evaluate(async (sid) => {
        const room = await client.getConversationBySid(sid);
        for (const body of ['one', 'two']) await room.sendMessage(body);
      }, sid);
      await hears(anns, 'messageAdded two');
      await hears(bens, 'messageAdded two');
      await anns.evaluate(() => (heard.length = 0));
      world.line.cut();
      await hears(anns, 'connection connecting');
      const other = await world.roomOf(ann);
      await bens.evaluate(async (sid) => {
        const room = await client.getConversationBySid(sid);
        const [one, two] = (await room.getMessages()).items;
        await room.sendMessage('three');
        await one?.updateBody('one, edited');
        await two?.remove();
        await room.add('carol');
        await room.sendMessage('four');
        await room.updateFriendlyName('Renamed');
      }, sid);
      world.line.mend();
      await hears(anns, 'connection connected');
      await hears(anns, `conversationJoined ${other}`);
      await hears(anns, 'messageAdded four');
      await bens.evaluate(async (sid) => (await client.getConversationBySid(sid)).sendMessage('five'), sid);
      await hears(anns, 'messageAdded five');
      const { heard, room } = await anns.evaluate(async (sid) => {
        const room = await client.getConversationBySid(sid);
        const { items } = await room.getMessages();
        return { heard: [...globalThis.heard], room: [room.friendlyName, items.map(({ body }) => body)] };
      }, sid);
      expect(room).toEqual(['Renamed', ['one, edited', 'three', 'four', 'five']]);
      const expected = [
        'messageAdded three',
        'messageAdded four',
        'messageAdded five',
        'messageRemoved two',
        'participantJoined carol',
        `conversationJoined ${other}`,
      ];
      for (const one of expected)
        expect(
          heard.filter((each) => each === one),
          one,
        ).toEqual([one]);
      expect(heard.filter((each) => each.startsWith('messageUpdated one, edited'))).toHaveLength(1);
      expect(anns.troubles).toEqual([]);
    },
  );

  test.skipIf(isSkipped)(
    'a page that is loaded again signs in with the token that it kept, and nothing else is kept',
    async () => {
      const ann = world.name('ann');
      const sid = await world.roomOf(ann);
      const page = await world.tab(form, ann);
      await page.evaluate(async (token) => sessionStorage.setItem('token', token), await world.server.token(ann));
      // A message that was there when the page opened the conversation is told of by no event.
      await hears(page, `conversationJoined ${sid}`);
      await world.server.rest.conversations(sid).messages.create({ body: 'before' });
      await hears(page, 'messageAdded before');
      await page.reload();
      await world.server.rest.conversations(sid).messages.create({ body: 'in between' });
      await world.server.rest.conversations(sid).update({ friendlyName: 'Renamed' });
      const token = await page.evaluate(() => sessionStorage.getItem('token') ?? '');
      await signIn(page, token, world.server.url);
      expect(
        await page.evaluate(async () => {
          const { items } = await client.getSubscribedConversations();
          const messages = (await items[0]?.getMessages())?.items ?? [];
          return [
            items.map(({ friendlyName }) => friendlyName),
            messages.map(({ body }) => body),
            Object.keys(sessionStorage),
          ];
        }),
      ).toEqual([['Renamed'], ['before', 'in between'], ['token']]);
      await world.server.rest.conversations(sid).messages.create({ body: 'after' });
      await hears(page, 'messageAdded after');
      expect(page.troubles).toEqual([]);
    },
  );

  test.skipIf(isSkipped)(
    'conversations that are lost between being listed and being opened do not spoil the list',
    async () => {
      const ann = world.name('ann');
      const rooms = [await world.roomOf(ann), await world.roomOf(ann), await world.roomOf(ann, 'ben')];
      const [kept, removed, left] = rooms as [string, string, string];
      const page = await world.page(form);
      const { conversations } = world.server.rest;
      let lost: Promise<unknown> | undefined;
      // What asks for a document waits until they are lost.
      await page.exposeFunction('lose', () => {
        lost ??= Promise.all([
          conversations(removed).remove(),
          conversations(left).participants(ann).remove(),
          conversations(left).update({ friendlyName: 'Without Ann' }),
        ]);
        return lost.then(() => {});
      });
      await page.evaluate(() => {
        const { send } = WebSocket.prototype;
        let before = Promise.resolve();
        WebSocket.prototype.send = function (data) {
          const text = new TextDecoder().decode(data as ArrayBuffer);
          if (text.includes('/v3/Documents/')) before = before.then(() => Reflect.get(globalThis, 'lose')());
          before = before.then(() => send.call(this, data));
        };
      });
      await signIn(page, await world.server.token(ann), world.server.url);
      const listed = async () =>
        page.evaluate(async () => (await client.getSubscribedConversations()).items.map(({ sid }) => sid));
      await listed();
      for (const sid of [removed, left]) await hears(page, `conversationRemoved ${sid}`);
      expect(await listed()).toEqual([kept]);
      const heard = await page.evaluate(() => globalThis.heard.filter((one) => one.startsWith('conversationRemoved')));
      expect(heard.sort()).toEqual([removed, left].map((sid) => `conversationRemoved ${sid}`).sort());
      // The list of this client goes on working.
      expect(
        await page.evaluate(async () => (await client.createConversation({ friendlyName: 'New' })).friendlyName),
      ).toBe('New');
      expect(page.troubles).toEqual([]);
    },
  );
});
