import { buffer } from 'node:stream/consumers';
import { ManualClock } from '@colloquy/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { turnsWhile } from '../../testing/turns.ts';
import { MediaGone } from '../channel.ts';
import type { InboundMessage } from '../events.ts';
import { startPayload } from './start-link.ts';
import { ann, bot, never, openTelegramWorld, type TelegramWorld } from './telegram-world.ts';

const person = `telegram:${ann}`;

let world: TelegramWorld;
beforeEach(async () => {
  world = await openTelegramWorld(new ManualClock());
  world.channel.start();
  await world.polled();
});
afterEach(() => world.close());

async function write(
  written: Omit<Parameters<TelegramWorld['simulator']['people']['write']>[0], 'chat'> & { chat?: number },
) {
  const { message } = world.simulator.people.write({ chat: ann, ...written });
  await world.polled();
  return message.message_id;
}
const events = () => world.host.events;
const last = () => events().at(-1) as InboundMessage;
const texts = () =>
  events().flatMap((event) =>
    event.type === 'message' ? event.parts.map((part) => (part.kind === 'text' ? part.text : part.kind)) : [],
  );

describe('A message', () => {
  it('comes with who wrote it', async () => {
    const id = await write({ text: 'hällo' });
    expect(events()).toEqual([
      {
        type: 'message',
        eventId: 'update 1',
        providerId: `${ann}:${id}`,
        sender: person,
        recipient: bot,
        at: world.clock.now(),
        parts: [{ kind: 'text', text: 'hällo' }],
        details: { profileName: 'Ann', username: 'ann', userId: ann, languageCode: 'en' },
      },
    ]);
  });

  it('says what it answers', async () => {
    const id = await write({ text: 'one' });
    await write({ text: 'two', replyTo: id });
    expect(last().replyTo).toBe(`${ann}:${id}`);
  });

  it('that was edited comes again, as an answer to what it was', async () => {
    const id = await write({ text: 'one' });
    world.clock.advance(1000);
    world.simulator.people.edit(ann, id, 'two');
    await world.polled();
    expect(last()).toMatchObject({ parts: [{ text: 'two' }], replyTo: `${ann}:${id}`, details: { edited: true } });
    expect(last().providerId).not.toBe(`${ann}:${id}`);
  });

  it('of a group comes from the group, and says who it was', async () => {
    await write({ chat: -900, from: ann, name: 'Ann', text: 'hello all' });
    expect(last()).toMatchObject({
      sender: 'telegram:-900',
      details: { userId: ann, profileName: 'Ann', group: 'Ann' },
    });
  });

  it('that is a place or a contact becomes a text', async () => {
    const location = { latitude: 52.5, longitude: 13.4 };
    await write({ location });
    await write({ location, venue: { title: 'Cafe', address: 'Main St 1' } });
    await write({ contact: { phone_number: '+12025550123', first_name: 'Bob' } });
    expect(texts()).toEqual(['geo:52.5,13.4', 'Cafe\nMain St 1\ngeo:52.5,13.4', 'Bob: +12025550123']);
    expect((events()[0] as InboundMessage).details).toMatchObject({ location });
  });

  it.each([
    ['photo', 'image/jpeg', null],
    ['document', 'application/pdf', 'a.pdf'],
    ['voice', 'audio/ogg', null],
    ['sticker', 'image/webp', null],
  ] as const)('with a %s brings it, the whole of it', async (kind, contentType, filename) => {
    const bytes = Buffer.from(`a ${kind}`);
    await write({ text: 'look', file: { kind, bytes, contentType, filename } });
    const [text, file] = last().parts;
    expect(text).toEqual({ kind: 'text', text: 'look' });
    expect(file).toMatchObject({ kind: 'media', contentType, filename });
    if (file?.kind !== 'media' || !('source' in file)) throw new Error('There is no file.');
    const fetched = await world.channel.fetchMedia(file.source, never);
    expect(await buffer(fetched.bytes)).toEqual(bytes);
  });
});

describe('A file', () => {
  const fetchIt = (file: string) => world.channel.fetchMedia({ file }, never);

  it('that Telegram does not give will never be there; one that it cannot give now may be', async () => {
    await expect(fetchIt('unknown')).rejects.toThrow(MediaGone);
    await write({ file: { kind: 'photo', bytes: Buffer.from('x'), contentType: 'image/jpeg', filename: null } });
    const id = [...world.simulator.state.files.keys()][0] ?? '';
    world.simulator.break({ method: 'file', kind: { http: 502 } });
    await expect(fetchIt(id)).rejects.not.toThrow(MediaGone);
    world.simulator.break({ method: 'getFile', kind: { error: 500 } });
    await expect(fetchIt(id)).rejects.not.toThrow(MediaGone);
    expect((await fetchIt(id)).bytes).toBeDefined();
  });

  it('is not fetched by a path that would lead elsewhere', async () => {
    const file = world.simulator.state.keep(Buffer.from('x'), 'image/png', null, 'photos');
    for (const path of ['../../botX/getMe', 'photos/../../x', '/etc/passwd', 'a?b', 'a#b', '']) {
      file.file_path = path;
      await expect(fetchIt(file.file_id), path).rejects.toThrow();
    }
    expect(world.simulator.journal.filter(({ method }) => method === '')).toEqual([]);
  });
});

describe('A person', () => {
  it('who reacts, reacts to that message, and takes it back', async () => {
    const id = await write({ text: 'hello' });
    world.simulator.people.react(ann, id, '👍');
    await world.polled();
    expect(last()).toMatchObject({ replyTo: `${ann}:${id}`, reaction: '👍', parts: [{ text: '👍' }] });
    world.simulator.people.react(ann, id, null);
    await world.polled();
    expect(last()).toMatchObject({ replyTo: `${ann}:${id}`, reaction: null, parts: [] });
  });

  it('who presses a button answers with its label, and sees that it was pressed', async () => {
    await write({ text: 'hello' });
    const data = { buttons: [{ text: 'Yes', callback_data: 'yes-1' }] };
    const sent = await world.send({ parts: [{ kind: 'text', text: 'Coming?' }], data });
    if (sent.outcome !== 'accepted') throw new Error('It was not accepted.');
    world.simulator.people.press(ann, Number(sent.providerId.split(':')[1]), 'Yes');
    await world.polled();
    expect(last()).toMatchObject({
      parts: [{ text: 'Yes' }],
      replyTo: sent.providerId,
      details: { button: { id: 'yes-1', text: 'Yes' }, profileName: 'Ann' },
    });
    expect(world.simulator.journal.map(({ method }) => method)).toContain('answerCallbackQuery');
  });

  it('who stops the bot wants nothing more, until he starts it again', async () => {
    await write({ text: 'hello' });
    world.simulator.people.block(ann, true);
    world.simulator.people.block(ann, false);
    await world.polled();
    expect(events().slice(1)).toMatchObject([
      { type: 'consent', state: 'stop', sender: person, recipient: bot },
      { type: 'consent', state: 'start', sender: person, recipient: bot },
    ]);
  });

  it('who comes by a link names a conversation, by a word that cannot be guessed', async () => {
    const conversation = `CH${'a'.repeat(32)}`;
    const link = new URL(world.channel.linkInto(conversation));
    expect(link.origin + link.pathname).toBe('https://t.me/simulated_bot');
    const payload = link.searchParams.get('start') ?? '';
    expect(payload).toMatch(/^[\w-]{1,64}$/);
    await write({ text: `/start ${payload}` });
    expect(last()).toMatchObject({ conversation, joins: true, parts: [{ text: '/start' }] });
    const forged = [
      conversation,
      `${conversation}-`,
      `${payload}x`.slice(0, 64),
      payload.replace('CHa', 'CHb'),
      startPayload('4711:another-token', conversation),
    ];
    for (const other of forged) {
      await write({ text: `/start ${other}` });
      expect(last().conversation, other).toBeUndefined();
      expect(last().parts).toEqual([{ kind: 'text', text: `/start ${other}` }]);
    }
  });

  it('is known by the old id of a group that grew', async () => {
    await write({ chat: -900, from: ann, text: 'before' });
    world.simulator.people.migrate(-900, -1001);
    await write({ chat: -1001, from: ann, text: 'after' });
    await world.restart();
    world.channel.start();
    await world.polled();
    await write({ chat: -1001, from: ann, text: 'later' });
    expect(last()).toMatchObject({ sender: 'telegram:-900', parts: [{ text: 'later' }] });
  });
});

describe('Updates', () => {
  it('are not forgotten by Telegram before they are taken in', async () => {
    const { ingest } = world.host;
    world.host.ingest = () => Promise.reject(new Error('The disk is full.'));
    world.simulator.people.write({ chat: ann, text: 'one' });
    await turnsWhile(() => world.channel.health().state === 'up');
    expect(world.host.notes.get('offset')).toBeUndefined();
    world.host.ingest = ingest;
    world.clock.advance(1000);
    await world.polled();
    expect(texts()).toEqual(['one']);
    expect(world.channel.health()).toEqual({ state: 'up' });
  });

  it('go on from where the last process was', async () => {
    await write({ text: 'one' });
    await world.restart();
    world.simulator.people.write({ chat: ann, text: 'two' });
    world.channel.start();
    await world.polled();
    expect(texts()).toEqual(['two']);
  });

  it('are asked for from the beginning after a week without any', async () => {
    await write({ text: 'one' });
    await world.restart();
    world.clock.advance(7 * 24 * 60 * 60 * 1000);
    world.channel.start();
    await world.polled();
    expect(world.simulator.journal.filter(({ method }) => method === 'getUpdates').at(-1)?.parameters).toMatchObject({
      offset: 0,
    });
  });

  it('come when the time of a question is over, too', async () => {
    world.clock.advance(50_000);
    await world.polled();
    await write({ text: 'one' });
    expect(texts()).toEqual(['one']);
  });

  it('that make no sense harm nobody', async () => {
    for (const [kind, value] of Object.entries({
      message: null,
      edited_message: { chat: 'x' },
      callback_query: { message: {}, data: 7 },
      message_reaction: { chat: { id: 1.5 } },
      my_chat_member: [],
    })) {
      world.simulator.updates.add(kind, value);
    }
    await write({ text: 'one' });
    expect(texts()).toEqual(['one']);
  });
});

describe('Where somebody else', () => {
  it('has set a webhook, that is taken away', async () => {
    world.simulator.updates.setWebhook({ url: 'http://127.0.0.1:9/', secret: null }, null, false);
    world.clock.advance(50_000);
    await turnsWhile(() => world.channel.health().state === 'up');
    expect(world.channel.health()).toMatchObject({ state: 'degraded', reason: expect.stringContaining('webhook') });
    world.clock.advance(10_000);
    await world.polled();
    await write({ text: 'one' });
    expect(texts()).toEqual(['one']);
    expect(world.channel.health()).toEqual({ state: 'up' });
  });

  it('revokes the token, it says so and tries every five minutes', async () => {
    world.simulator.break({ method: 'getUpdates', kind: { error: 401, description: 'Unauthorized' } });
    world.simulator.people.write({ chat: ann, text: 'one' });
    await turnsWhile(() => world.channel.health().state === 'up');
    expect(world.channel.health()).toEqual({ state: 'degraded', reason: 'Unauthorized' });
    world.clock.advance(5 * 60_000);
    await world.polled();
    expect(texts()).toEqual(['one']);
  });
});
