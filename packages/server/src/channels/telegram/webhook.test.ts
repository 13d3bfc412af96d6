import { ManualClock } from '@colloquy/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { turnsWhile } from '../../testing/turns.ts';
import { telegramModule } from './module.ts';
import { webhookSecret } from './start-link.ts';
import { ann, never, openTelegramWorld, type TelegramWorld } from './telegram-world.ts';

let world: TelegramWorld;
beforeEach(async () => {
  world = await openTelegramWorld(new ManualClock(), { config: { webhook: true } });
  world.channel.start();
  await turnsWhile(() => !world.simulator.updates.webhook);
});
afterEach(() => world.close());

const post = (headers: Record<string, string>, body: string) =>
  fetch(world.host.webhookUrl ?? '', { method: 'POST', headers, body });
const secret = () => ({ 'X-Telegram-Bot-Api-Secret-Token': webhookSecret(world.config.token) });

it('is called with what people write, and answers the press of a button', async () => {
  world.simulator.people.write({ chat: ann, text: 'hello' });
  await world.simulator.idle();
  expect(world.host.events).toMatchObject([{ type: 'message', parts: [{ text: 'hello' }] }]);
  expect(world.simulator.journal.map(({ method }) => method)).toEqual(['setWebhook']);
  const query = { id: 'query-1', from: { id: ann }, data: 'yes', message: { message_id: 1, chat: { id: ann } } };
  const answer = await post(secret(), JSON.stringify({ update_id: 9, callback_query: query }));
  expect(await answer.json()).toEqual({ method: 'answerCallbackQuery', callback_query_id: 'query-1' });
});

it('lets in nobody without the secret', async () => {
  const update = JSON.stringify({ update_id: 1, message: { message_id: 1, chat: { id: ann }, text: 'forged' } });
  expect((await post({}, update)).status).toBe(401);
  expect((await post({ 'X-Telegram-Bot-Api-Secret-Token': 'x'.repeat(43) }, update)).status).toBe(401);
  expect((await post({ 'X-Telegram-Bot-Api-Secret-Token': webhookSecret('4711:other') }, update)).status).toBe(401);
  expect(world.host.events).toEqual([]);
  expect((await post(secret(), 'not json')).status).toBe(200);
  expect((await post(secret(), update)).status).toBe(200);
  expect(world.host.events).toHaveLength(1);
});

it('is not there for a bot that asks', async () => {
  await world.close();
  world = await openTelegramWorld(new ManualClock());
  expect((await post(secret(), '{}')).status).toBe(405);
});

it('is set again and again until Telegram takes it', async () => {
  await world.restart();
  world.simulator.break({ method: 'setWebhook', kind: { error: 500, description: 'Internal Server Error' } });
  world.channel.start();
  await turnsWhile(() => world.channel.health().state === 'up');
  world.clock.advance(1000);
  await turnsWhile(() => world.channel.health().state !== 'up');
  expect(world.simulator.journal.map(({ method }) => method)).toEqual(['setWebhook', 'setWebhook', 'setWebhook']);
});

it('takes a token that is right, of this bot, and a webhook only with https', async () => {
  const check = (config = {}, host = {}) =>
    telegramModule.check({ ...world.config, webhook: false, ...config }, { ...world.host, ...host }, never);
  const addresses = ['telegram:@simulated_bot'];
  expect(await check()).toEqual({ ok: true, addresses, notes: [] });
  expect(await check({}, { addresses: [] })).toEqual({ ok: true, addresses, notes: [] });
  expect(await check({ token: '4711:another-token' })).toEqual({ ok: false, reason: expect.stringContaining('token') });
  expect(await check({}, { addresses: ['telegram:@other'] })).toEqual({
    ok: false,
    reason: expect.stringContaining('@other'),
  });
  expect(await check({ webhook: true })).toEqual({ ok: false, reason: expect.stringContaining('https') });
  const https = { webhookUrl: 'https://chat.example.com/webhook' };
  expect(await check({ webhook: true }, https)).toMatchObject({ ok: true });
  world.simulator.break({ method: 'getMe', kind: 'cut' });
  expect(await check()).toEqual({ ok: false, reason: expect.stringContaining('not reached') });
});
