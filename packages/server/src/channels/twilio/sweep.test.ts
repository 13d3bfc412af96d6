import { ManualClock } from '@colloquy/testing';
import { afterEach, expect, it } from 'vitest';
import type { InboundMessage } from '../events.ts';
import { ann, openTwilioWorld, own, type TwilioWorld } from './twilio-world.ts';

const minute = 60_000;

let world: TwilioWorld;
afterEach(() => world.close());

async function open(options: Parameters<typeof openTwilioWorld>[1] = {}): Promise<void> {
  world = await openTwilioWorld(new ManualClock(), options);
}
/** Lets the next look take place. */
async function pass(milliseconds: number): Promise<void> {
  world.clock.advance(milliseconds);
  await world.channel.idle();
}
const texts = () =>
  world.host.events.flatMap((event) =>
    event.type === 'message' ? event.parts.map((part) => (part.kind === 'text' ? part.text : part.kind)) : [],
  );
const miss = (body: string, more = {}) =>
  world.simulator.receive({ from: ann, to: own, body, unposted: true, ...more });

it('finds what was not told, the oldest first, once, with its files', async () => {
  await open();
  world.channel.start();
  await world.channel.idle();
  world.clock.advance(1000);
  const { message } = await miss('one', { files: [{ contentType: 'image/png', bytes: Buffer.from('1') }] });
  world.clock.advance(1000);
  await miss('two');
  await pass(5 * minute);
  expect(texts()).toEqual(['one', 'media', 'two']);
  expect(world.host.events[0]).toMatchObject({ eventId: message.sid, providerId: message.sid, sender: ann });
  const [, file] = (world.host.events[0] as InboundMessage).parts;
  expect(file).toMatchObject({ contentType: 'image/png', source: { message: message.sid } });
  await pass(5 * minute);
  expect(texts()).toHaveLength(3);
});

it('gives a message the same key as the post of it has', async () => {
  await open();
  world.channel.start();
  await world.channel.idle();
  world.clock.advance(1000);
  await world.simulator.receive({ from: ann, to: own, body: 'told' });
  await pass(5 * minute);
  expect(world.host.events.map(({ eventId }) => eventId)).toHaveLength(2);
  expect(new Set(world.host.events.map(({ eventId }) => eventId)).size).toBe(1);
});

it('learns from the list, too, that somebody wants messages again', async () => {
  await open();
  world.channel.start();
  await world.channel.idle();
  world.clock.advance(1000);
  await miss('Start');
  await pass(6 * minute);
  expect(world.host.events).toMatchObject([
    { type: 'consent', state: 'start', sender: ann, recipient: own },
    { type: 'message', parts: [{ text: 'Start' }] },
  ]);
});

it('looks again soon after a start, for what was written while the server was down for a moment', async () => {
  await open();
  world.channel.start();
  await world.channel.idle();
  await world.restart();
  world.clock.advance(1000);
  await miss('missed');
  world.channel.start();
  await world.channel.idle();
  expect(texts()).toEqual([]);
  await pass(90_000);
  expect(texts()).toEqual(['missed']);
});

it('leaves a message that is younger than a minute to the post that says more of it', async () => {
  await open();
  world.channel.start();
  await world.channel.idle();
  world.clock.advance(60_000);
  await miss('young');
  await pass(30_000);
  expect(texts()).toEqual([]);
  await pass(5 * minute);
  expect(texts()).toEqual(['young']);
});

it('does not bring what people wrote before there was this sender', async () => {
  await open();
  await miss('to somebody else');
  world.clock.advance(10 * minute);
  world.channel.start();
  await world.channel.idle();
  await pass(5 * minute);
  expect(texts()).toEqual([]);
});

it('finds what came while the server was down for a day, page by page', async () => {
  await open();
  world.channel.start();
  await world.channel.idle();
  await world.restart();
  for (let at = 0; at < 450; at += 1) {
    world.clock.advance(3 * minute);
    await miss(String(at));
  }
  world.channel.start();
  await world.channel.idle();
  await pass(5 * minute);
  expect(texts()).toEqual(Array.from({ length: 450 }, (_, at) => String(at)));
});

it('finds reports that got lost', async () => {
  await open();
  world.channel.start();
  await world.channel.idle();
  const result = await world.send('hello');
  const [message] = world.simulator.account.messages;
  if (!message) throw new Error('Nothing was sent.');
  Object.assign(message, { status: 'undelivered', errorCode: 30003 });
  await pass(5 * minute);
  await pass(5 * minute);
  expect(world.host.events).toEqual([
    expect.objectContaining({
      type: 'status',
      status: 'undelivered',
      providerId: result.outcome === 'accepted' && result.providerId,
      error: expect.objectContaining({ receiptCode: 30003 }),
    }),
  ]);
});

it('looks every 15 seconds, and at once at what is new, where Twilio cannot call', async () => {
  await open({ reachable: false });
  world.channel.start();
  await world.channel.idle();
  await miss('hello');
  await pass(15_000);
  expect(texts()).toEqual(['hello']);
});

it('goes on after a look that failed, and says so in the meantime', async () => {
  await open();
  world.channel.start();
  await world.channel.idle();
  world.clock.advance(1000);
  await miss('hello');
  world.simulator.break({ api: 'list', kind: { code: 20003 } });
  await pass(5 * minute);
  expect(world.channel.health()).toMatchObject({ state: 'degraded', reason: expect.stringContaining('401') });
  await pass(5 * minute);
  expect(world.channel.health()).toEqual({ state: 'up' });
  expect(texts()).toEqual(['hello']);
});

it('brings a message again that could not be taken in', async () => {
  await open();
  world.channel.start();
  await world.channel.idle();
  world.clock.advance(1000);
  await miss('hello');
  const { ingest } = world.host;
  world.host.ingest = () => Promise.reject(new Error('The disk is full.'));
  await pass(5 * minute);
  world.host.ingest = ingest;
  await pass(5 * minute);
  expect(texts()).toEqual(['hello']);
});
