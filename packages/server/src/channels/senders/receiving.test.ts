import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSender, type SenderUnderTest } from '../../api/rest/x/test-senders.ts';
import { mediaOf } from '../../core/messages/media.ts';
import { isStorable } from '../../core/storable.ts';
import { SendFailure } from '../../delivery/http/send-failure.ts';

let at: SenderUnderTest;
beforeEach(async () => {
  at = await openSender();
});
afterEach(() => at.close());

const png = Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), Buffer.alloc(100)]);
const file = (source: string) => ({ kind: 'media', contentType: 'image/png', filename: `${source}.png`, source });
/** A stream that begins. */
function oneByte(): Readable {
  const stream = new Readable({ read: () => {} });
  stream.push(png);
  return stream;
}
const messages = () => at.rig.messages(at.conversation);
const shown = async () =>
  (await messages()).map((message) => [message.body, mediaOf(message).map(({ filename }) => filename)]);

it('takes in what a network brings that cannot be stored as it is, without that', async () => {
  const half = '\ud83d';
  const odd = { parts: [{ kind: 'text', text: `a\0b${half}` }], subject: `c\0${half}`, details: { 'x\0': `y${half}` } };
  await at.write(`1\0`, odd);
  await at.report({ type: 'status', eventId: '2\0', providerId: `p\0${half}`, status: 'sent', at: 0 });
  const [message] = await messages();
  expect(message).toMatchObject({ body: 'ab\ufffd', subject: 'c\ufffd' });
  expect(JSON.parse(message?.attributes ?? '')).toEqual({ channel: { x: 'y\ufffd' } });
  const { sql } = at.rig.core.db;
  for (const row of await sql.selectFrom('inbound_events').selectAll().execute()) {
    expect(Object.values(row).every((value) => typeof value !== 'string' || isStorable(value))).toBe(true);
  }
  await at.write('3', { parts: [{ kind: 'text', text: '\0' }] });
  expect(await messages()).toHaveLength(1);
});

it('keeps what a provider answers without what cannot be stored', async () => {
  at.carrier.answers = [{ outcome: 'rejected', error: { kind: 'permanent', code: 'x\0', message: 'No\0: \ud83d' } }];
  const message = await at.say({ body: 'hello' });
  await at.channels.idle();
  expect((await at.life(message)).copies[0]?.attempts).toMatchObject([{ error: { code: 'x', message: 'No: \ufffd' } }]);
});

it('cuts a long subject where a character ends', async () => {
  const { subject: most } = at.rig.core.limits;
  await at.write('1', { subject: `${'x'.repeat(most - 1)}😀` });
  expect((await messages())[0]?.subject).toBe('x'.repeat(most - 1));
});

describe('a message with files that are elsewhere', () => {
  it('is taken in at once, and shown with its files when they were fetched', async () => {
    at.carrier.files.set('a', png);
    const parts = [{ kind: 'text', text: 'look' }, file('a')];
    expect(await at.write('1', { parts })).toMatchObject([{ routing: { outcome: 'queued' } }]);
    await at.channels.idle();
    expect(await shown()).toEqual([['look', ['a.png']]]);
    const [message] = await messages();
    const [media] = message ? mediaOf(message) : [];
    expect(await buffer(await at.rig.library.open(media?.sid ?? ''))).toEqual(png);
  });

  it('keeps what the same person writes next behind it, though the file takes time', async () => {
    at.carrier.files.set('a', { failures: 2, bytes: png });
    await at.write('1', { parts: [file('a')] });
    await at.write('2');
    await at.write('3');
    await at.until(async () => (await messages()).length === 3);
    expect(await shown()).toEqual([
      [null, ['a.png']],
      ['2', []],
      ['3', []],
    ]);
  });

  it('is shown once, though it is reported again meanwhile and afterwards', async () => {
    at.carrier.files.set('a', { failures: 1, bytes: png });
    const parts = [file('a')];
    await Promise.all([at.write('1', { parts }), at.write('1', { parts }), at.write('1', { parts })]);
    await at.until(async () => (await messages()).length > 0);
    await at.write('1', { parts });
    await at.channels.idle();
    expect(await messages()).toHaveLength(1);
  });

  it('is shown without a file that is gone, and says what is missing', async () => {
    at.carrier.files.set('a', 'gone');
    await at.write('1', { parts: [{ kind: 'text', text: 'look' }, file('a')] });
    await at.write('2', { parts: [file('a')] });
    await at.channels.idle();
    expect(await shown()).toEqual([
      ['look', []],
      ['[a.png: not available]', []],
    ]);
    const missing = { channel: { missingFiles: [{ contentType: 'image/png', filename: 'a.png' }] } };
    expect(JSON.parse((await messages())[0]?.attributes ?? '')).toEqual(missing);
  });

  it('is shown at once without a file that turns out to be larger than its network carries', async () => {
    at.carrier.files.set('a', async () => {
      const stream = oneByte();
      setImmediate(() => stream.destroy(new SendFailure('tooLarge', 'It does not end.')));
      return stream;
    });
    await at.write('1', { parts: [{ kind: 'text', text: 'look' }, file('a')] });
    await at.channels.idle();
    expect(await shown()).toEqual([['look', []]]);
  });

  it('is shown after 45 seconds without a file that does not come, which follows when it can be had', async () => {
    at.carrier.files.set('a', { failures: 7, bytes: png });
    const start = at.rig.clock.now();
    await at.write('1', { parts: [{ kind: 'text', text: 'look' }, file('a')] });
    await at.until(async () => (await messages()).length === 1);
    expect(at.rig.clock.now() - start).toBeLessThan(60_000);
    await at.until(async () => (await messages()).length === 2);
    expect(await shown()).toEqual([
      ['look', []],
      [null, ['a.png']],
    ]);
    const [first, second] = await messages();
    expect(JSON.parse(second?.attributes ?? '')).toEqual({ reply_to: first?.sid });
  });

  it.each([
    ['answer', () => new Promise<never>(() => {})],
    ['come', async () => new Readable({ read: () => {} })],
    ['end', async () => oneByte()],
  ])('is taken in though the bytes of its file do not %s', async (_what, answer) => {
    const asked = Promise.withResolvers<void>();
    at.carrier.files.set('a', () => {
      asked.resolve();
      return answer();
    });
    await at.write('1', { parts: [{ kind: 'text', text: 'look' }, file('a')] });
    await at.write('2');
    await asked.promise;
    at.rig.clock.advance(40_000);
    await at.channels.idle();
    expect(await shown()).toEqual([
      ['look', []],
      ['2', []],
    ]);
  });

  it('leaves nothing behind of a file that never came', async () => {
    await at.write('1', { parts: [{ kind: 'text', text: 'look' }, file('nowhere')] });
    await at.until(async () => (await at.rig.outbox()).length === 0);
    const events = await at.rig.core.db.sql.selectFrom('inbound_events').select(['event_id', 'outcome']).execute();
    expect(events).toEqual([{ event_id: '1', outcome: 'routed' }]);
  });

  it('is not taken for a late file, whatever the network calls it', async () => {
    await at.write('#late 0', { parts: [{ kind: 'text', text: 'look' }, file('nowhere')] });
    const start = at.rig.clock.now();
    await at.until(async () => (await messages()).length === 1);
    expect(at.rig.clock.now() - start).toBeLessThan(60_000);
  });

  it('is taken in though its file never comes', async () => {
    await at.write('1', { parts: [{ kind: 'text', text: 'look' }, file('nowhere')] });
    await at.until(async () => (await at.rig.outbox()).length === 0);
    expect(await shown()).toEqual([['look', []]]);
  });
});

describe('what the network says of a message', () => {
  it('becomes its attributes: what it answers, what it reacts to, and the rest under channel', async () => {
    const first = await at.say({ body: 'one' });
    await at.channels.idle();
    const id = `id of ${at.carrier.sent[0]?.deliveryId}`;
    await at.write('2', { replyTo: id, details: { profileName: 'Ann' } });
    await at.write('3', { replyTo: id, reaction: '👍', parts: [] });
    await at.write('4', { replyTo: 'unknown' });
    const attributes = (await messages()).map((message) => JSON.parse(message.attributes));
    expect(attributes).toEqual([
      {},
      { reply_to: first.sid, channel: { profileName: 'Ann' } },
      { reaction: { message: first.sid, emoji: '👍' } },
      {},
    ]);
  });

  it('keeps what it answers when the rest is more than attributes can be', async () => {
    await at.write('1');
    await at.write('2', { replyTo: 'p-1', details: { text: 'x'.repeat(100_000) } });
    const [first, second] = await messages();
    expect(JSON.parse(second?.attributes ?? '')).toEqual({ reply_to: first?.sid });
  });

  it('is about the newest message that has its id, where a provider counts anew', async () => {
    await at.write('1', { providerId: '7' });
    at.rig.clock.advance(1);
    await at.write('2', { providerId: '7' });
    await at.write('3', { replyTo: '7' });
    const [, second, third] = await messages();
    expect(JSON.parse(third?.attributes ?? '')).toEqual({ reply_to: second?.sid });
  });

  it('leads it to the conversation that it names, or whose thread it belongs to', async () => {
    const other = await at.rig.converse();
    await at.write('1', { conversation: other });
    await at.say({ body: 'one' });
    await at.channels.idle();
    const id = `id of ${at.carrier.sent[0]?.deliveryId}`;
    await at.write('2', { sender: '+12025550199', thread: ['unknown', id] });
    expect((await at.rig.messages(other)).map(({ body, author }) => [body, author])).toEqual([['1', '+12025550123']]);
    expect((await messages()).map(({ body }) => body)).toEqual(['one', '2']);
  });
});
