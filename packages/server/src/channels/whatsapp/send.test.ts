import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { turnsWhile } from '../../testing/turns.ts';
import type { ProviderError } from '../message.ts';
import { ann, fileOf, messageOf, openSendWorld, type SendWorld } from './send-world.ts';
import { bodyOf, signed } from './webhook-world.ts';

let world: SendWorld;
beforeEach(async () => {
  world = await openSendWorld();
});
afterEach(() => world.close());

const accepted = { outcome: 'accepted', providerId: expect.stringMatching(/^wamid\./), status: null };

describe('A message', () => {
  it('of text names its delivery, so that its statuses do', async () => {
    const { results } = await world.send(messageOf('hello, see https://example.com/'));
    expect(results).toEqual([accepted]);
    expect(world.posted()).toEqual([
      {
        messaging_product: 'whatsapp',
        recipient_type: 'individual',
        to: ann,
        type: 'text',
        text: { body: 'hello, see https://example.com/', preview_url: true },
        biz_opaque_callback_data: 'DY1.0',
      },
    ]);
  });

  it('that is longer than WhatsApp takes comes in several, of which the first one answers', async () => {
    const { id } = await world.phone.write('tell me more');
    const { results, changes } = await world.send(messageOf('word '.repeat(2000), { replyTo: id }));
    expect(results).toEqual([accepted, accepted, accepted]);
    expect(changes).toEqual(['The text is longer than 4096 characters: it is 3 messages.']);
    expect(world.posted().map(({ context }) => context)).toEqual([{ message_id: id }, undefined, undefined]);
    expect(
      world.phone.received
        .map(({ text }) => text)
        .join(' ')
        .trim(),
    ).toBe('word '.repeat(2000).trim());
  });

  it('that reacts is a reaction, and one that takes it back, too', async () => {
    await world.send(messageOf('👍', { reaction: { to: 'wamid.1', emoji: '👍' } }));
    await world.send(messageOf('', { reaction: { to: 'wamid.1', emoji: null } }));
    expect(world.posted()).toMatchObject([
      { type: 'reaction', reaction: { message_id: 'wamid.1', emoji: '👍' } },
      { type: 'reaction', reaction: { message_id: 'wamid.1', emoji: '' } },
    ]);
    expect(world.posted()[0]).not.toHaveProperty('context');
  });

  it('with neither text nor files is refused before it is sent', async () => {
    const { results } = await world.send(messageOf(''));
    expect(results).toMatchObject([{ outcome: 'rejected', error: { kind: 'bad-content' } }]);
    expect(world.simulator.journal).toEqual([]);
  });
});

describe('A file', () => {
  it('is uploaded as it is, and the text goes below it', async () => {
    const bytes = Buffer.from([0, 255, 13, 10, 45, 45, 13, 10]);
    const file = fileOf('image/png', { bytes });
    const { results } = await world.send(messageOf('look', { parts: [{ kind: 'text', text: 'look' }, file] }));
    expect(results).toEqual([accepted]);
    expect(world.phone.received).toMatchObject([
      { type: 'image', text: 'look', file: { contentType: 'image/png', bytes } },
    ]);
  });

  it.each([
    ['image/jpeg', 'image'],
    ['image/jpg', 'image'],
    ['image/webp', 'sticker'],
    ['audio/ogg; codecs=opus', 'audio'],
    ['audio/mp3', 'audio'],
    ['video/mp4', 'video'],
    ['application/pdf', 'document'],
    ['text/plain; charset=utf-8', 'document'],
  ])('of the type %s is shown as %s', async (contentType, kind) => {
    const { results, changes } = await world.send(messageOf('', { parts: [fileOf(contentType)] }));
    expect([results, changes]).toEqual([[accepted], []]);
    expect(world.phone.received).toMatchObject([{ type: kind }]);
  });

  it('that is a document keeps its name, whatever is in it', async () => {
    const filename = 'Übersicht "2030".pdf';
    await world.send(messageOf('', { parts: [fileOf('application/pdf', { filename })] }));
    expect(world.posted()[0]).toMatchObject({ document: { filename } });
  });

  it('that cannot have a text below it comes after the text, and so do more files', async () => {
    const parts = [{ kind: 'text', text: 'listen' } as const, fileOf('audio/ogg'), fileOf('image/png', { sid: 'ME2' })];
    await world.send(messageOf('listen', { parts }));
    expect(world.phone.received.map(({ type, text }) => [type, text])).toEqual([
      ['text', 'listen'],
      ['audio', null],
      ['image', null],
    ]);
  });

  it('that goes to several people, or is tried again, is uploaded once', async () => {
    const message = messageOf('', { parts: [fileOf('image/png')] });
    world.simulator.break({ api: 'messages', kind: { code: 131016 } });
    await world.send(message);
    await world.send(message);
    world.simulator.phone('+12025550124').state.wrote.set('106540352242922', world.clock.now());
    await world.send({ ...message, recipient: 'whatsapp:+12025550124' });
    const uploads = () => world.simulator.journal.filter(({ path }) => path.endsWith('/media')).length;
    expect(uploads()).toBe(1);
    expect(world.phone.received).toHaveLength(1);
    world.clock.advance(29 * 24 * 60 * 60 * 1000);
    await world.send(message);
    expect(uploads()).toBe(2);
  });

  it('that WhatsApp does not take is a link where there can be one', async () => {
    const [zip, large] = [
      fileOf('application/zip', { url: 'https://chat.example.com/media/1' }),
      fileOf('image/png', { size: 6 * 1024 * 1024, url: 'https://chat.example.com/media/2' }),
    ];
    const { results, changes } = await world.send(messageOf('', { parts: [zip, large] }));
    expect(results).toEqual([accepted, accepted]);
    expect(world.phone.received.map(({ text }) => text)).toEqual([
      'a file\nhttps://chat.example.com/media/1',
      'a file\nhttps://chat.example.com/media/2',
    ]);
    expect(changes).toEqual([
      'WhatsApp does not take a file of 15 bytes of the type application/zip: it is a link.',
      'WhatsApp does not take a file of 6291456 bytes of the type image/png: it is a link.',
    ]);
    const { results: without } = await world.send(messageOf('', { parts: [fileOf('application/zip')] }));
    expect(without).toMatchObject([{ outcome: 'rejected', error: { kind: 'bad-content', receiptCode: 63019 } }]);
  });

  it('whose upload gets no answer is tried again: nothing went out', async () => {
    const message = messageOf('', { parts: [fileOf('image/png')] });
    for (const kind of ['lost', 'cut', { http: 502 }] as const) {
      world.simulator.break({ api: 'media', kind });
      expect((await world.send(message)).results).toMatchObject([
        { outcome: 'rejected', error: { kind: 'temporary' } },
      ]);
    }
    world.simulator.break({ api: 'media', kind: { code: 131053 } });
    expect((await world.send(message)).results).toMatchObject([{ error: { kind: 'bad-content', receiptCode: 63019 } }]);
    const gone = fileOf('image/png', { sid: 'ME3', open: () => Promise.reject(new Error('It is gone.')) });
    expect((await world.send(messageOf('', { parts: [gone] }))).results).toMatchObject([
      { error: { kind: 'temporary' } },
    ]);
  });
});

describe('What Meta refuses', () => {
  const cases: [number, ProviderError['kind'], Partial<ProviderError>?][] = [
    [4, 'throttle', { scope: 'sender' }],
    [80007, 'throttle', { scope: 'sender' }],
    [130429, 'throttle', { scope: 'sender', receiptCode: 63018 }],
    [133016, 'throttle', { scope: 'sender' }],
    [131056, 'throttle', { scope: 'recipient', retryAfterMs: 4000, receiptCode: 63018 }],
    [131048, 'throttle', { scope: 'sender', retryAfterMs: 900_000, receiptCode: 63018 }],
    [131049, 'permanent'],
    [130472, 'permanent', { receiptCode: 63032 }],
    [1, 'temporary'],
    [2, 'temporary'],
    [131000, 'temporary'],
    [131016, 'temporary'],
    [131057, 'temporary'],
    [133004, 'temporary'],
    [131047, 'window-closed', { receiptCode: 63016 }],
    [131026, 'bad-recipient', { receiptCode: 63024 }],
    [131021, 'bad-recipient'],
    [131030, 'bad-recipient'],
    [33, 'bad-recipient'],
    [131050, 'opted-out'],
    [100, 'bad-content', { receiptCode: 63013 }],
    [131008, 'bad-content'],
    [131009, 'bad-content'],
    [131051, 'bad-content'],
    [131052, 'bad-content', { receiptCode: 63019 }],
    [131053, 'bad-content', { receiptCode: 63019 }],
    [132000, 'bad-content', { receiptCode: 63028 }],
    [132001, 'bad-content', { receiptCode: 63027 }],
    [132015, 'bad-content'],
    [132016, 'bad-content'],
    [0, 'credentials'],
    [10, 'credentials'],
    [190, 'credentials', { receiptCode: 63001 }],
    [200, 'credentials'],
    [299, 'credentials'],
    [368, 'credentials'],
    [131031, 'credentials'],
    [133010, 'credentials'],
    [130497, 'permanent'],
    [131042, 'billing'],
    [135000, 'permanent'],
    [999_999, 'permanent', { receiptCode: 63013 }],
  ];
  it.each(cases)('as %i is %s', async (code, kind, more = {}) => {
    world.simulator.break({ api: 'messages', kind: { code } });
    const { results } = await world.send(messageOf('hello'));
    const message = expect.stringContaining('A fault of the simulator.');
    expect(results).toMatchObject([{ outcome: 'rejected', error: { code: String(code), message, kind, ...more } }]);
  });

  it('because of the sender shows in its health, until a message goes through', async () => {
    expect(world.channel.health()).toEqual({ state: 'up' });
    for (const code of [190, 131031, 131042]) {
      world.simulator.break({ api: 'messages', kind: { code } });
      await world.send(messageOf('hello'));
      expect(world.channel.health()).toEqual({ state: 'down', reason: expect.stringContaining(String(code)) });
      await world.send(messageOf('hello'));
      expect(world.channel.health()).toEqual({ state: 'up' });
    }
  });

  it('because one person got too much has longer and longer waits for that one, until something arrives', async () => {
    const waits: (number | undefined)[] = [];
    world.simulator.break({ api: 'messages', kind: { code: 131056 }, count: 6 });
    for (let step = 0; step < 6; step += 1) {
      const [result] = (await world.send(messageOf('hello'))).results;
      waits.push(result?.outcome === 'rejected' ? result.error.retryAfterMs : undefined);
    }
    expect(waits).toEqual([4000, 16_000, 64_000, 256_000, 1_024_000, 1_024_000]);
    await world.send(messageOf('hello'));
    world.simulator.break({ api: 'messages', kind: { code: 131056 } });
    expect((await world.send(messageOf('hello'))).results).toMatchObject([{ error: { retryAfterMs: 4000 } }]);
  });
});

describe('A send without an answer', () => {
  it.each(['lost', 'cut', { http: 502 }] as const)('is unknown when the network does this: %j', async (kind) => {
    world.simulator.break({ api: 'messages', kind });
    expect((await world.send(messageOf('hello'))).results).toMatchObject([{ outcome: 'unknown' }]);
  });

  it('is none when nobody was there to get it, or it must not go there', async () => {
    await world.simulator.close();
    expect((await world.send(messageOf('hello'))).results).toMatchObject([
      { outcome: 'rejected', error: { kind: 'temporary' } },
    ]);
    await world.host.close();
    world = await openSendWorld({ graphUrl: 'http://10.0.0.1' });
    expect((await world.send(messageOf('hello'))).results).toMatchObject([
      { outcome: 'rejected', error: { kind: 'temporary', code: 'blocked' } },
    ]);
  });

  it('is unknown when none comes in time, and before the server would give it up', async () => {
    world.simulator.break({ api: 'messages', kind: 'silent' });
    const sending = world.send(messageOf('hello'));
    await turnsWhile(() => world.simulator.journal.length === 0);
    world.clock.advance(25_000);
    expect((await sending).results).toMatchObject([{ outcome: 'unknown', error: { code: 'timeout' } }]);
  });
});

it('marks what people write as read, where that is wanted', async () => {
  await world.close();
  world = await openSendWorld({ markRead: true });
  const { id } = await world.phone.write('hello');
  const value = {
    metadata: { phone_number_id: '106540352242922' },
    messages: [{ id, from: ann.slice(1), type: 'text', text: { body: 'hello' } }],
  };
  const body = Buffer.from(JSON.stringify(bodyOf(value)));
  const headers = { 'x-hub-signature-256': signed(body) };
  await world.channel.webhook({ method: 'POST', url: '', query: new URLSearchParams(), headers, body });
  expect(world.posted()).toEqual([]);
  world.clock.advance(1000);
  await turnsWhile(() => world.posted().length === 0 || world.simulator.journal.at(-1)?.status === 0);
  expect(world.posted()).toEqual([{ messaging_product: 'whatsapp', status: 'read', message_id: id }]);
  expect(world.simulator.journal.at(-1)?.status).toBe(200);
});
