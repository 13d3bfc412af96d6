import { ManualClock } from '@colloquy/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { turnsWhile } from '../../testing/turns.ts';
import type { OutboundMedia, ProviderError } from '../message.ts';
import { ann, never, openTwilioWorld, own, requestOf, type TwilioWorld } from './twilio-world.ts';

let world: TwilioWorld;
afterEach(() => world.close());

async function open(options: Parameters<typeof openTwilioWorld>[1] = {}): Promise<TwilioWorld> {
  world = await openTwilioWorld(new ManualClock(), options);
  return world;
}
const posted = () => world.simulator.journal.filter(({ method }) => method === 'POST');
const picture = (url: string | null): OutboundMedia => ({
  kind: 'media',
  sid: 'ME1',
  contentType: 'image/png',
  filename: 'a.png',
  size: 10,
  url,
  open: () => Promise.reject(new Error('Twilio fetches files by itself.')),
});

it('sends a text with a callback that names the delivery', async () => {
  await open();
  const result = await world.send('hällo & =', { deliveryId: 'delivery 7' });
  const [message] = world.simulator.account.messages;
  expect(result).toEqual({ outcome: 'accepted', providerId: message?.sid, status: null });
  expect(posted()[0]).toMatchObject({
    authorized: 'token',
    form: {
      To: ann,
      From: own,
      Body: 'hällo & =',
      StatusCallback: `${world.host.webhookUrl}?delivery=delivery+7#rc=5&rp=all`,
    },
  });
});

it('sends with an API key, a service, a validity and smart encoding where they are configured', async () => {
  const [key, service] = [`SK${'1'.repeat(32)}`, `MG${'1'.repeat(32)}`];
  await open({
    simulator: { apiKeys: { [key]: 'secret' }, services: { [service]: [own] } },
    config: {
      apiKeySid: key,
      apiKeySecret: 'secret',
      messagingServiceSid: service,
      validityPeriod: 60,
      smartEncoded: true,
    },
  });
  expect((await world.send('hello')).outcome).toBe('accepted');
  expect(posted()[0]).toMatchObject({
    authorized: key,
    form: { MessagingServiceSid: service, ValidityPeriod: '60', SmartEncoded: 'true' },
  });
});

it('says where the files are, and refuses those that Twilio could not fetch', async () => {
  await open();
  const files = [picture('https://example.com/1'), picture('https://example.com/2')];
  const message = requestOf('look', { parts: [{ kind: 'text', text: 'look' }, ...files] });
  const plan = world.channel.plan(message);
  expect(plan).toMatchObject({ ok: true, pieces: [{ parts: message.parts }], changes: [] });
  await world.send('', { parts: message.parts });
  expect(posted()[0]?.form).toMatchObject({ Body: 'look', MediaUrl: 'https://example.com/1 https://example.com/2' });
  expect(world.channel.plan({ ...message, parts: [picture(null)] })).toMatchObject({
    ok: false,
    error: { kind: 'bad-content', code: 'no-public-url' },
  });
});

it('sends a template under the SID that it has at Twilio, found by SID or by name', async () => {
  const contentSid = `HX${'2'.repeat(32)}`;
  await open({
    simulator: { templates: { [contentSid]: 'Hello {{1}}!' } },
    config: { templates: { greeting: contentSid } },
  });
  const rich = {
    template: `HX${'1'.repeat(32)}`,
    name: 'greeting',
    language: 'en',
    variables: { '1': 'Ann' },
    type: 'twilio/text',
    content: {},
  };
  const plan = world.channel.plan(requestOf('Hello Ann!', { rich }));
  if (!plan.ok || !plan.pieces[0]) throw new Error('There is no plan.');
  // On its way a piece is kept on disk.
  const piece = JSON.parse(JSON.stringify(plan.pieces[0]));
  await world.send('', { ...piece, rich });
  expect(posted()[0]?.form).toMatchObject({ ContentSid: contentSid, ContentVariables: '{"1":"Ann"}' });
  expect(posted()[0]?.form).not.toHaveProperty('Body');
  expect(world.simulator.account.messages[0]?.body).toBe('Hello Ann!');
  const other = world.channel.plan(requestOf('Hello Ann!', { rich: { ...rich, name: 'constructor' } }));
  expect(other).toMatchObject({ ok: true, changes: ['The content of type twilio/text went as its text.'] });
});

it('splits a text that is longer than Twilio takes', async () => {
  await open();
  const plan = world.channel.plan(requestOf('x'.repeat(4000)));
  expect(plan.ok && plan.pieces.map(({ parts }) => (parts[0]?.kind === 'text' ? parts[0].text.length : 0))).toEqual([
    1600, 1600, 800,
  ]);
});

describe('What Twilio refuses', () => {
  const cases: [number, ProviderError['kind'], Partial<ProviderError>?][] = [
    [20003, 'credentials'],
    [20404, 'credentials'],
    [20429, 'throttle', { scope: 'sender' }],
    [20500, 'temporary'],
    [20503, 'temporary'],
    [21211, 'bad-recipient', { receiptCode: 21211 }],
    [21606, 'permanent', { receiptCode: 21606 }],
    [21608, 'bad-recipient', { receiptCode: 21608 }],
    [21610, 'opted-out', { receiptCode: 21610 }],
    [21611, 'throttle', { scope: 'sender', retryAfterMs: 300_000 }],
    [21614, 'bad-recipient', { receiptCode: 21614 }],
    [21617, 'bad-content', { receiptCode: 21617 }],
    [21635, 'bad-recipient', { receiptCode: 21635 }],
    [21660, 'credentials', { receiptCode: 21660 }],
    [63007, 'permanent', { receiptCode: 63007 }],
    [29999, 'permanent', { receiptCode: 29999 }],
  ];
  it.each(cases)('as %s is %s', async (code, kind, more = {}) => {
    await open();
    world.simulator.break({ api: 'messages', kind: { code } });
    const result = await world.send('hello');
    expect(result).toMatchObject({ outcome: 'rejected', error: { kind, code: String(code), ...more } });
  });

  it('for too many requests waits as long as Twilio says', async () => {
    await open();
    world.simulator.break({ api: 'messages', kind: { code: 20429, retryAfter: 7 } });
    expect(await world.send('hello')).toMatchObject({ error: { kind: 'throttle', retryAfterMs: 7000 } });
  });

  it('because of the own side shows in the health until a message goes through', async () => {
    await open();
    expect(world.channel.health()).toEqual({ state: 'up' });
    world.simulator.break({ api: 'messages', kind: { code: 21660 } });
    await world.send('hello');
    expect(world.channel.health()).toEqual({ state: 'degraded', reason: expect.stringContaining('21660') });
    await world.send('hello', { deliveryId: 'delivery-2' });
    expect(world.channel.health()).toEqual({ state: 'up' });
  });

  it('because the person sent STOP is noted as that', async () => {
    await open();
    world.simulator.break({ api: 'messages', kind: { code: 21610 } });
    await world.send('hello');
    expect(world.host.events).toMatchObject([{ type: 'consent', state: 'stop', sender: ann, recipient: own }]);
  });
});

describe('A send without an answer', () => {
  it.each(['lost', 'cut', { http: 502 }] as const)('is unknown when the network does this: %j', async (kind) => {
    await open();
    world.simulator.break({ api: 'messages', kind });
    expect((await world.send('hello')).outcome).toBe('unknown');
  });

  it('is none when nobody was there to get it', async () => {
    await open();
    await world.simulator.close();
    expect(await world.send('hello')).toMatchObject({ outcome: 'rejected', error: { kind: 'temporary' } });
    world = { ...world, simulator: { ...world.simulator, close: async () => {} } };
  });

  it('is unknown when no answer comes in time', async () => {
    await open();
    world.simulator.break({ api: 'messages', kind: 'silent' });
    const sending = world.send('hello');
    await turnsWhile(() => world.simulator.journal.length === 0);
    world.clock.advance(25_000);
    expect(await sending).toMatchObject({ outcome: 'unknown', error: { code: 'timeout' } });
  });

  it('is found in the list of messages, though the same text went out before', async () => {
    await open();
    const before = await world.send('ok', { deliveryId: 'delivery-0' });
    world.simulator.break({ api: 'messages', kind: 'lost' });
    await world.send('ok');
    const found = await world.channel.reconcile(requestOf('ok'), never);
    const sids = world.simulator.account.messages.map(({ sid }) => sid);
    expect(sids).toHaveLength(2);
    expect(before).toMatchObject({ providerId: sids[0] });
    expect(found).toEqual({ outcome: 'accepted', providerId: sids[1], status: null });
  });

  it('was none when the list does not have it: not what others say, nor what was said long ago', async () => {
    await open();
    await world.simulator.receive({ from: ann, to: own, body: 'ok' });
    await world.send('ok', { deliveryId: 'delivery-0' });
    await world.restart();
    world.clock.advance(5 * 60_000);
    await world.send('other', { deliveryId: 'delivery-1' });
    world.simulator.break({ api: 'messages', kind: { http: 502 } });
    await world.send('ok', { deliveryId: 'delivery-2' });
    expect(await world.channel.reconcile(requestOf('ok', { deliveryId: 'delivery-2' }), never)).toBe('absent');
  });

  it('of another process is found when it was just now, and unsure when it was earlier', async () => {
    await open();
    world.simulator.break({ api: 'messages', kind: 'lost' });
    await world.send('ok');
    await world.restart();
    expect(await world.channel.reconcile(requestOf('ok'), never)).toMatchObject({ outcome: 'accepted' });
    await world.restart();
    world.clock.advance(10 * 60_000);
    expect(await world.channel.reconcile(requestOf('ok'), never)).toBe('unknown');
    expect(await world.channel.reconcile(requestOf('never said'), never)).toBe('absent');
  });

  it('stays unknown when the list does not come', async () => {
    await open();
    world.simulator.break({ api: 'list', kind: { http: 502 }, count: 1 });
    expect(await world.channel.reconcile(requestOf('ok'), never)).toBe('unknown');
    world.simulator.break({ api: 'list', kind: 'cut' });
    expect(await world.channel.reconcile(requestOf('ok'), never)).toBe('unknown');
  });
});

it('is asked for reports where it can call, and decides alone where it cannot', async () => {
  await open();
  expect(world.channel.idempotency).toEqual({ mode: 'correlate' });
  await world.close();
  await open({ reachable: false, config: { afterUnknown: 'fail' } });
  expect(world.channel.idempotency).toEqual({ mode: 'none', afterUnknown: 'fail' });
  await world.send('hello');
  expect(posted()[0]?.form).not.toHaveProperty('StatusCallback');
});
