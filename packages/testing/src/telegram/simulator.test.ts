/** Judged by grammY, a library for bots, which is pointed here. */
import { Api, type GrammyError, InputFile } from 'grammy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../manual-clock.ts';
import { bodyOf, serveWeb, type WebServer } from '../web-server.ts';
import { startTelegramSimulator, type TelegramSimulator } from './simulator.ts';

const ann = 77;
const group = -900;

let clock: ManualClock;
let simulator: TelegramSimulator;
let api: Api;
beforeEach(async () => {
  clock = new ManualClock();
  simulator = await startTelegramSimulator({ clock });
  api = new Api(simulator.token, { apiRoot: simulator.url });
});
afterEach(() => simulator.close());

const refusalOf = (call: Promise<unknown>) =>
  call.then(
    () => null,
    ({ error_code, description, parameters }: GrammyError) => ({ code: error_code, description, parameters }),
  );

describe('The library', () => {
  it('knows the bot, and is not let in with another token', async () => {
    expect(await api.getMe()).toMatchObject({ id: 4711, is_bot: true, username: 'simulated_bot' });
    const other = new Api('4711:other', { apiRoot: simulator.url });
    expect(await refusalOf(other.getMe())).toMatchObject({ code: 401 });
  });

  it('sends text, with an answer to a message and buttons', async () => {
    const { message } = simulator.people.write({ chat: ann, text: 'hello' });
    const sent = await api.sendMessage(ann, 'hi', {
      reply_parameters: { message_id: message.message_id },
      reply_markup: { inline_keyboard: [[{ text: 'Yes', callback_data: 'yes' }]] },
    });
    expect(sent).toMatchObject({ text: 'hi', chat: { id: ann }, reply_to_message: { text: 'hello' } });
  });

  it.each([
    ['to a chat that there is not', 78, 'x', 400, 'chat not found'],
    ['without a text', ann, ' ', 400, 'text is empty'],
    ['that is too long', ann, 'x'.repeat(4097), 400, 'too long'],
  ])('is refused a message %s', async (_what, chat, text, code, description) => {
    simulator.people.write({ chat: ann, text: 'hello' });
    const refusal = await refusalOf(api.sendMessage(chat, text));
    expect(refusal).toMatchObject({ code, description: expect.stringContaining(description) });
  });

  it('is refused what a person who blocked the bot, or a group that moved, would get', async () => {
    simulator.people.write({ chat: ann, text: 'hello' });
    simulator.people.block(ann, true);
    expect(await refusalOf(api.sendMessage(ann, 'x'))).toMatchObject({ code: 403 });
    simulator.people.write({ chat: group, from: ann, text: 'hello' });
    simulator.people.migrate(group, -1001);
    const moved = await refusalOf(api.sendMessage(group, 'x'));
    expect(moved).toMatchObject({ code: 400, parameters: { migrate_to_chat_id: -1001 } });
  });

  it('is told to wait', async () => {
    simulator.break({ method: 'sendMessage', kind: { error: 429, description: 'Too Many Requests', retryAfter: 7 } });
    expect(await refusalOf(api.sendMessage(ann, 'x'))).toMatchObject({ code: 429, parameters: { retry_after: 7 } });
  });

  it('sends files and gets those that people send', async () => {
    const bytes = Buffer.from('picture');
    const { message } = simulator.people.write({
      chat: ann,
      text: 'look',
      file: { kind: 'photo', bytes, contentType: 'image/jpeg', filename: null },
    });
    expect(message.caption).toBe('look');
    const sent = await api.sendPhoto(ann, new InputFile(bytes, 'a.jpg'), { caption: 'back' });
    expect(sent.caption).toBe('back');
    const file = await api.getFile(sent.photo?.at(-1)?.file_id ?? '');
    const got = await fetch(`${simulator.url}/file/bot${simulator.token}/${file.file_path}`);
    expect(Buffer.from(await got.arrayBuffer())).toEqual(bytes);
    expect(await refusalOf(api.getFile('other'))).toMatchObject({ code: 400 });
  });

  it('reacts, with what Telegram has for that', async () => {
    const { message } = simulator.people.write({ chat: ann, text: 'hello' });
    await api.setMessageReaction(ann, message.message_id, [{ type: 'emoji', emoji: '👍' }]);
    expect(simulator.state.chats.get(ann)?.reactions.get(message.message_id)).toBe('👍');
    const other = { type: 'emoji', emoji: 'x' as '👍' } as const;
    expect(await refusalOf(api.setMessageReaction(ann, message.message_id, [other]))).toMatchObject({ code: 400 });
  });
});

describe('Updates', () => {
  it('are kept until the next offset says that they arrived', async () => {
    for (const text of ['one', 'two', 'three']) simulator.people.write({ chat: ann, text });
    const first = await api.getUpdates({ limit: 2 });
    expect(first.map(({ message }) => message?.text)).toEqual(['one', 'two']);
    expect(await api.getUpdates({ limit: 2 })).toEqual(first);
    const offset = (first.at(-1)?.update_id ?? 0) + 1;
    expect((await api.getUpdates({ offset })).map(({ message }) => message?.text)).toEqual(['three']);
  });

  it('come as soon as there is one, or when the time is over', async () => {
    const waiting = api.getUpdates({ timeout: 50 });
    await polled();
    simulator.people.write({ chat: ann, text: 'hello' });
    const [update] = await waiting;
    expect(update?.message?.text).toBe('hello');
    const empty = api.getUpdates({ timeout: 50, offset: (update?.update_id ?? 0) + 1 });
    await polled();
    clock.advance(50_000);
    expect(await empty).toEqual([]);
  });

  it('go to one bot at a time, or to its webhook', async () => {
    const first = refusalOf(api.getUpdates({ timeout: 50 }));
    await polled();
    const second = api.getUpdates({ timeout: 1 });
    expect(await first).toMatchObject({ code: 409 });
    await polled();
    clock.advance(1000);
    await second;
    await api.setWebhook('https://example.com/');
    expect(await refusalOf(api.getUpdates())).toMatchObject({ code: 409 });
    await api.deleteWebhook();
    expect(await api.getUpdates()).toEqual([]);
  });

  it('are of reactions only where that is asked for', async () => {
    const { message } = simulator.people.write({ chat: ann, text: 'hello' });
    expect(simulator.people.react(ann, message.message_id, '👍')).toBeNull();
    await api.getUpdates({ allowed_updates: ['message', 'message_reaction'] });
    expect(simulator.people.react(ann, message.message_id, '👍')).not.toBeNull();
  });
});

describe('A webhook', () => {
  let door: WebServer;
  let received: { secret: string | undefined; update: { message?: { text?: string } } }[];
  let answers: number[];
  beforeEach(async () => {
    received = [];
    answers = [];
    door = await serveWeb(async (request, response) => {
      const secret = request.headers['x-telegram-bot-api-secret-token'] as string | undefined;
      received.push({ secret, update: JSON.parse((await bodyOf(request)).toString()) });
      response.writeHead(answers.shift() ?? 200).end();
    });
  });
  afterEach(() => door.close());

  it('gets updates with its secret, in order, again when it fails', async () => {
    await api.setWebhook(door.url, { secret_token: 'sesame' });
    answers = [500];
    for (const text of ['one', 'two']) simulator.people.write({ chat: ann, text });
    await simulator.idle();
    expect(received).toHaveLength(1);
    clock.advance(1000);
    await simulator.idle();
    expect(received.map(({ update }) => update.message?.text)).toEqual(['one', 'one', 'two']);
    expect(new Set(received.map(({ secret }) => secret))).toEqual(new Set(['sesame']));
    expect((await api.getWebhookInfo()).pending_update_count).toBe(0);
  });

  it('has to be at an https URL, with a secret that fits into a header', async () => {
    expect(await refusalOf(api.setWebhook('http://example.com/'))).toMatchObject({ code: 400 });
    expect(await refusalOf(api.setWebhook(door.url, { secret_token: 'a b' }))).toMatchObject({ code: 400 });
  });
});

/** Resolves when a bot waits for updates. */
async function polled(): Promise<void> {
  while (!simulator.updates.polled) await new Promise((resolve) => setImmediate(resolve));
}
