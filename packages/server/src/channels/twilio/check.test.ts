import { ManualClock } from '@colloquy/testing';
import { afterEach, expect, it } from 'vitest';
import { checkTwilio } from './check.ts';
import { ann, never, openTwilioWorld, own, type TwilioWorld } from './twilio-world.ts';

let world: TwilioWorld;
afterEach(() => world.close());

async function check(options: Parameters<typeof openTwilioWorld>[1] = {}, wrong = {}) {
  world = await openTwilioWorld(new ManualClock(), options);
  return () => checkTwilio({ ...world.config, ...wrong }, world.host, never);
}

it('knows the numbers of the account', async () => {
  const run = await check();
  expect(await run()).toEqual({ ok: true, addresses: [own], notes: [] });
});

it('takes all numbers of the account that can text when none are named', async () => {
  const run = await check({ addresses: [], simulator: { numbers: [own, ann] } });
  expect(await run()).toMatchObject({ ok: true, addresses: [own, ann] });
});

it.each([
  ['a wrong auth token', {}, { authToken: 'wrong' }, 'auth token'],
  ['another account', {}, { accountSid: `AC${'9'.repeat(32)}` }, 'account SID'],
  ['a number of somebody else', { addresses: [own, ann] }, {}, ann],
  ['an API key that is refused', {}, { apiKeySid: `SK${'9'.repeat(32)}`, apiKeySecret: 'wrong' }, 'API key'],
  ['half an API key', {}, { apiKeySid: `SK${'9'.repeat(32)}` }, 'secret'],
  ['addresses of two networks', { addresses: [own, `whatsapp:${own}`] }, {}, 'sender of their own'],
])('does not take %s', async (_what, options, wrong, reason) => {
  const run = await check(options, wrong);
  expect(await run()).toEqual({ ok: false, reason: expect.stringContaining(reason) });
});

it('does not take an account that is closed', async () => {
  const run = await check();
  world.simulator.break({ api: 'account', kind: { code: 20003 } });
  expect(await run()).toMatchObject({ ok: false });
});

it('says that Twilio was not reached, and what it answered', async () => {
  const run = await check();
  world.simulator.break({ api: 'numbers', kind: { code: 20500 } });
  expect(await run()).toEqual({ ok: false, reason: expect.stringContaining('500') });
  world.simulator.break({ api: 'account', kind: 'cut' });
  expect(await run()).toEqual({ ok: false, reason: expect.stringContaining('not reached') });
});

it('says where messages go that do not come here, unless that will be set right', async () => {
  const run = await check();
  const [number] = world.simulator.account.numbers;
  if (!number) throw new Error('There is no number.');
  number.sms_url = 'https://elsewhere.example.com/';
  expect(await run()).toEqual({ ok: true, addresses: [own], notes: [expect.stringContaining('elsewhere')] });
  world.config.setUpNumbers = true;
  expect(await run()).toEqual({ ok: true, addresses: [own], notes: [] });
  expect(number.sms_url).toBe('https://elsewhere.example.com/');
});

it('says what is missing without a public URL, and of a WhatsApp sender', async () => {
  let run = await check({ reachable: false });
  expect(await run()).toMatchObject({ ok: true, notes: [expect.stringContaining('15 seconds')] });
  await world.close();
  run = await check({ addresses: [`whatsapp:${own}`] });
  expect(await run()).toEqual({ ok: true, addresses: [], notes: [expect.stringContaining('webhook')] });
});
