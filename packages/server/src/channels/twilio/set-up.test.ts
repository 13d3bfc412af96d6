import { ManualClock } from '@colloquy/testing';
import { afterEach, expect, it } from 'vitest';
import { ann, openTwilioWorld, own, type TwilioWorld } from './twilio-world.ts';
import { inboundUrl } from './webhook.ts';

let world: TwilioWorld;
afterEach(() => world.close());

async function open(config: { setUpNumbers: boolean }, reachable = true) {
  world = await openTwilioWorld(new ManualClock(), { simulator: { numbers: [own, ann] }, config, reachable });
  for (const number of world.simulator.account.numbers) {
    Object.assign(number, { sms_url: 'https://elsewhere.example.com/', sms_application_sid: 'AP1' });
  }
  return world.simulator.account.numbers;
}
const changes = () => world.simulator.journal.filter(({ method }) => method === 'POST');

it('points the own numbers to this sender, and those of others nowhere else', async () => {
  const [first, second] = await open({ setUpNumbers: true });
  world.channel.start();
  await world.channel.idle();
  const url = inboundUrl(world.host.webhookUrl ?? '');
  expect(url).toMatch(/\/webhook#rc=5&rp=all$/);
  expect(first).toMatchObject({ sms_url: url, sms_fallback_url: url, sms_application_sid: '' });
  expect(second).toMatchObject({ sms_url: 'https://elsewhere.example.com/', sms_application_sid: 'AP1' });
  await world.restart();
  world.channel.start();
  await world.channel.idle();
  expect(changes()).toHaveLength(1);
});

it('leaves the numbers alone unless that is wanted and there is a public URL', async () => {
  await open({ setUpNumbers: false });
  world.channel.start();
  await world.channel.idle();
  await world.close();
  await open({ setUpNumbers: true }, false);
  world.channel.start();
  await world.channel.idle();
  expect(changes()).toEqual([]);
});

it('tries again when Twilio does not answer, and says so in the meantime', async () => {
  const [first] = await open({ setUpNumbers: true });
  world.simulator.break({ api: 'numbers', kind: { code: 20503 } });
  world.channel.start();
  await world.channel.idle();
  expect(world.channel.health()).toMatchObject({ state: 'degraded', reason: expect.stringContaining('503') });
  world.clock.advance(5 * 60_000);
  await world.channel.idle();
  expect(world.channel.health()).toEqual({ state: 'up' });
  expect(first?.sms_url).toBe(inboundUrl(world.host.webhookUrl ?? ''));
});
