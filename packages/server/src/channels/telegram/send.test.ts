import { Readable } from 'node:stream';
import { ManualClock } from '@colloquy/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OutboundMedia, RichPart } from '../message.ts';
import { ann, openTelegramWorld, requestOf, type TelegramWorld } from './telegram-world.ts';

let world: TelegramWorld;
beforeEach(async () => {
  world = await openTelegramWorld(new ManualClock());
  world.simulator.people.write({ chat: ann, text: 'first' });
});
afterEach(() => world.close());

const shown = () => world.simulator.state.chats.get(ann)?.messages.filter(({ from }) => from.is_bot) ?? [];
const first = () => world.simulator.state.chats.get(ann)?.messages[0]?.message_id ?? 0;
const file = (contentType: string, bytes: Buffer, filename: string | null = null): OutboundMedia => ({
  kind: 'media',
  sid: 'ME1',
  contentType,
  filename,
  size: bytes.length,
  url: null,
  open: async () => Readable.from([bytes]),
});

it('sends a text, and knows it by chat and number', async () => {
  const result = await world.send({ parts: [{ kind: 'text', text: 'hällo 👋' }] });
  const [message] = shown();
  expect(message?.text).toBe('hällo 👋');
  expect(result).toEqual({ outcome: 'accepted', providerId: `${ann}:${message?.message_id}`, status: 'sent' });
});

it('answers a message, also one that was deleted, with the first piece only', async () => {
  await world.send({ replyTo: `${ann}:${first()}` });
  await world.send({ replyTo: `${ann}:9999`, deliveryId: 'delivery-2' });
  await world.send({ replyTo: `${ann}:${first()}`, deliveryId: 'delivery-3', piece: 1, pieces: 2 });
  expect(shown().map((message) => message['reply_to_message'])).toMatchObject([
    { text: 'first' },
    undefined,
    undefined,
  ]);
});

it('reacts, with a heart as Telegram writes it, and takes that back', async () => {
  const react = (emoji: string | null) => world.send({ parts: [], reaction: { to: `${ann}:${first()}`, emoji } });
  expect(await react('❤️')).toMatchObject({ outcome: 'accepted' });
  const reactions = world.simulator.state.chats.get(ann)?.reactions;
  expect(reactions?.get(first())).toBe('❤');
  await react(null);
  expect(reactions?.size).toBe(0);
  expect(await react('🦑')).toMatchObject({ outcome: 'rejected', error: { kind: 'bad-content' } });
});

it.each([
  ['image/png', 'photo'],
  ['image/gif', 'animation'],
  ['audio/mpeg', 'audio'],
  ['audio/ogg; codecs=opus', 'voice'],
  ['video/mp4', 'video'],
  ['application/pdf', 'document'],
  ['image/svg+xml', 'document'],
])('sends %s as %s, with its text, byte by byte', async (contentType, kind) => {
  const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, at) => at % 251));
  const name = 'quo"te\r\n.bin';
  const result = await world.send({ parts: [{ kind: 'text', text: 'look' }, file(contentType, bytes, name)] });
  expect(result.outcome).toBe('accepted');
  expect(world.simulator.journal.at(-1)).toMatchObject({ files: [kind], parameters: { caption: 'look' } });
  const [message] = shown();
  expect(message).toMatchObject({ caption: 'look', [kind]: expect.anything() });
  const kept = [...world.simulator.state.files.values()].find(({ file_size }) => file_size === bytes.length);
  expect(Buffer.from(kept?.bytes ?? []).equals(bytes)).toBe(true);
});

it('fails when the file is gone, and says nothing to Telegram', async () => {
  const gone = { ...file('image/png', Buffer.from('x')), open: () => Promise.reject(new Error('It is gone.')) };
  await expect(world.send({ parts: [gone] })).rejects.toThrow('It is gone.');
  expect(world.simulator.journal).toEqual([]);
});

describe('Content', () => {
  const rich = (type: string, content: Record<string, unknown>): RichPart => ({
    template: 'HX1',
    name: 'choice',
    language: 'en',
    variables: {},
    type,
    content,
  });
  async function sendRich(part: RichPart, text = 'as text') {
    const plan = world.channel.plan(requestOf({ parts: [{ kind: 'text', text }], rich: part }));
    if (!plan.ok) throw new Error(plan.error.message);
    for (const [piece, one] of plan.pieces.entries()) {
      // On its way a piece is kept on disk.
      const kept = JSON.parse(JSON.stringify(one));
      await world.send({ ...kept, rich: part, piece, pieces: plan.pieces.length, deliveryId: `delivery-${piece}` });
    }
    return plan;
  }

  it('with choices has buttons', async () => {
    const actions = [{ title: 'Yes', id: 'yes-1' }, { title: 'No', id: 'ñ'.repeat(40) }, { title: 'Maybe' }];
    const plan = await sendRich(rich('twilio/quick-reply', { body: 'Coming?', actions }));
    expect(plan.changes).toEqual([expect.stringContaining('No was cut')]);
    expect(shown()).toMatchObject([
      {
        text: 'Coming?',
        reply_markup: {
          inline_keyboard: [
            [{ text: 'Yes', callback_data: 'yes-1' }],
            [{ text: 'No', callback_data: 'ñ'.repeat(32) }],
            [{ text: 'Maybe', callback_data: 'Maybe' }],
          ],
        },
      },
    ]);
  });

  it('with a list has a button for each', async () => {
    await sendRich(rich('twilio/list-picker', { body: 'Which?', button: 'Open', items: [{ id: '1', item: 'One' }] }));
    expect(shown()).toMatchObject([{ text: 'Which?', reply_markup: { inline_keyboard: [[{ callback_data: '1' }]] } }]);
  });

  it('with links has buttons that open them, and numbers in the text', async () => {
    const actions = [
      { type: 'URL', title: 'Track', url: 'https://example.com/1' },
      { type: 'PHONE_NUMBER', title: 'Call', phone: '+12025550100' },
    ];
    const plan = await sendRich(rich('twilio/call-to-action', { body: 'Your parcel', actions }));
    expect(plan.changes).toEqual([expect.stringContaining('Call')]);
    expect(shown()).toMatchObject([
      {
        text: 'Your parcel\nCall +12025550100',
        reply_markup: { inline_keyboard: [[{ text: 'Track', url: 'https://example.com/1' }]] },
      },
    ]);
  });

  it('with a place is one', async () => {
    await sendRich(rich('twilio/location', { latitude: 52.5, longitude: '13.4', label: 'Shop' }));
    await sendRich(rich('twilio/location', { latitude: 52.5, longitude: 13.4 }));
    expect(shown()).toMatchObject([
      { venue: { title: 'Shop', location: { latitude: 52.5, longitude: 13.4 } } },
      { location: { latitude: 52.5, longitude: 13.4 } },
    ]);
  });

  it('of another kind, or without what it needs, is its text', async () => {
    await sendRich(rich('twilio/card', { title: 'Card' }), 'a card');
    await sendRich(rich('twilio/quick-reply', { body: 'x', actions: 'nonsense' }), 'no choice');
    expect(shown().map(({ text }) => text)).toEqual(['a card', 'no choice']);
  });
});

describe('What Telegram refuses', () => {
  it.each([
    [{ error: 401, description: 'Unauthorized' }, { kind: 'credentials' }],
    [
      { error: 429, description: 'Too Many Requests: retry after 7', retryAfter: 7 },
      { kind: 'throttle', retryAfterMs: 7000 },
    ],
    [{ error: 403, description: 'Forbidden: user is deactivated' }, { kind: 'bad-recipient' }],
    [{ error: 400, description: 'Bad Request: chat not found' }, { kind: 'bad-recipient' }],
    [{ error: 400, description: 'Bad Request: message is too long' }, { kind: 'bad-content' }],
    [{ error: 413, description: 'Request Entity Too Large' }, { kind: 'bad-content' }],
    [{ error: 400, description: 'Bad Request: have no rights to send a message' }, { kind: 'permanent' }],
    [{ error: 500, description: 'Internal Server Error' }, { kind: 'temporary' }],
  ])('%j', async (kind, error) => {
    world.simulator.break({ method: 'send', kind });
    expect(await world.send()).toMatchObject({ outcome: 'rejected', error: { ...error, code: String(kind.error) } });
  });

  it('for a person who stopped the bot is a bad recipient', async () => {
    world.simulator.people.block(ann, true);
    expect(await world.send()).toMatchObject({
      error: { kind: 'bad-recipient', message: expect.stringContaining('blocked') },
    });
  });

  it.each(['lost', 'cut', { http: 502 }] as const)('is unknown when the network does this: %j', async (kind) => {
    world.simulator.break({ method: 'send', kind });
    expect((await world.send()).outcome).toBe('unknown');
  });

  it('never shows the token', async () => {
    world.simulator.break({ method: 'send', kind: 'cut' });
    expect(JSON.stringify(await world.send())).not.toContain(world.config.token);
    await world.simulator.close();
    const result = await world.send();
    expect(result).toMatchObject({ outcome: 'rejected', error: { kind: 'temporary' } });
    expect(JSON.stringify(result)).not.toContain(world.config.token);
  });
});

it('follows a group that grew, and keeps calling it by the id that people here know', async () => {
  world.simulator.people.write({ chat: -900, from: ann, text: 'hello' });
  world.simulator.people.migrate(-900, -1001);
  const recipient = 'telegram:-900';
  const result = await world.send({ recipient });
  const moved = () => world.simulator.state.chats.get(-1001)?.messages ?? [];
  expect(result).toMatchObject({ outcome: 'accepted', providerId: `-900:${moved()[0]?.message_id}` });
  await world.restart();
  const calls = world.simulator.journal.length;
  await world.send({ recipient, deliveryId: 'delivery-2' });
  expect(world.simulator.journal.length).toBe(calls + 1);
  expect(moved()).toHaveLength(2);
});
