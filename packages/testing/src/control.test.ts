/** Simulators as a person at a shell uses them: everything by requests, nothing by objects. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTelegramSimulator, type TelegramSimulator } from './telegram/simulator.ts';
import { startTwilioSimulator, type TwilioSimulator } from './twilio/simulator.ts';

// biome-ignore lint/suspicious/noExplicitAny: what came is for the test to judge
async function ask(url: string, method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<any> {
  const answer = await fetch(url + path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  return { status: answer.status, ...((await answer.json()) as object) };
}

describe('The simulated Twilio', () => {
  let simulator: TwilioSimulator;
  beforeEach(async () => {
    simulator = await startTwilioSimulator({ reports: null });
  });
  afterEach(() => simulator.close());
  const control = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) =>
    ask(simulator.url, method, `/control${path}`, body);
  async function send() {
    const { sid, token } = simulator.account;
    const authorization = `Basic ${Buffer.from(`${sid}:${token}`).toString('base64')}`;
    const body = new URLSearchParams({ To: '+12025550123', From: '+12025550100', Body: 'hello' });
    const path = `/2010-04-01/Accounts/${sid}/Messages.json`;
    return fetch(simulator.url + path, { method: 'POST', headers: { authorization }, body });
  }

  it('lets somebody write, with files, and shows what was said', async () => {
    const file = { contentType: 'image/png', base64: Buffer.from('picture').toString('base64') };
    const written = { from: '+12025550123', to: '+12025550100', body: 'look', files: [file] };
    const { status, message, posted } = await control('POST', '/messages', written);
    expect([status, message, posted]).toMatchObject([
      201,
      { body: 'look', num_media: '1', direction: 'inbound' },
      null,
    ]);
    expect((await control('GET', '/messages')).messages).toMatchObject([{ sid: message.sid }]);
  });

  it('reports, breaks and is repaired', async () => {
    await control('POST', '/faults', { api: 'messages', kind: { code: 20500 }, count: 5 });
    expect((await send()).status).toBe(500);
    await control('DELETE', '/faults');
    const { sid } = (await (await send()).json()) as { sid: string };
    await control('POST', '/reports', { sid, status: 'undelivered', errorCode: 30003 });
    const { messages } = await control('GET', '/messages');
    expect(messages).toMatchObject([{ sid, status: 'undelivered', error_code: 30003 }]);
    const { requests } = await control('GET', '/journal');
    expect(requests.map(({ status }: { status: number }) => status)).toEqual([500, 201]);
    expect(JSON.stringify(requests)).not.toContain(simulator.account.token);
  });

  it('says what it does not understand', async () => {
    expect(await control('POST', '/reports', { sid: 'SM1', status: 'sent' })).toMatchObject({ status: 400 });
    expect(await control('POST', '/faults', { api: 'messages', kind: 'cut', to: '(' })).toMatchObject({ status: 400 });
    expect(await control('GET', '/nonsense')).toMatchObject({ status: 404 });
  });
});

describe('The simulated Telegram', () => {
  let simulator: TelegramSimulator;
  beforeEach(async () => {
    simulator = await startTelegramSimulator();
  });
  afterEach(() => simulator.close());
  const control = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) =>
    ask(simulator.url, method, `/control${path}`, body);
  const bot = (method: string, body: unknown) =>
    fetch(`${simulator.url}/bot${simulator.token}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('lets somebody write, press, react, edit and stop, and shows the chat', async () => {
    const { message } = await control('POST', '/messages', { chat: 77, name: 'Ann', text: 'hello' });
    const keyboard = { inline_keyboard: [[{ text: 'Yes', callback_data: 'yes' }]] };
    const answer = await bot('sendMessage', { chat_id: 77, text: 'Coming?', reply_markup: keyboard });
    const { result } = (await answer.json()) as { result: { message_id: number } };
    await control('POST', '/presses', { chat: 77, message: result.message_id, label: 'Yes' });
    await control('POST', '/edits', { chat: 77, message: message.message_id, text: 'hi' });
    await control('POST', '/blocks', { chat: 77, blocked: true });
    const asked = { allowed_updates: ['message', 'message_reaction', 'callback_query'] };
    const updates = (await (await bot('getUpdates', asked)).json()) as { result: Record<string, unknown>[] };
    expect(updates.result.map((update) => Object.keys(update)[1])).toEqual([
      'message',
      'callback_query',
      'edited_message',
      'my_chat_member',
    ]);
    const reacted = await control('POST', '/reactions', { chat: 77, message: result.message_id, emoji: '👍' });
    expect(reacted.update.message_reaction.new_reaction).toEqual([{ type: 'emoji', emoji: '👍' }]);
    const { messages } = await control('GET', '/chats/77');
    expect(messages).toMatchObject([{ text: 'hi' }, { text: 'Coming?' }]);
  });

  it('breaks and is repaired, and says what it does not understand', async () => {
    await control('POST', '/faults', { method: 'getMe', kind: { error: 500 }, count: 5 });
    expect((await bot('getMe', {})).status).toBe(500);
    await control('DELETE', '/faults');
    expect((await bot('getMe', {})).status).toBe(200);
    expect((await control('GET', '/journal')).requests).toHaveLength(2);
    expect(await control('POST', '/presses', { chat: 77, message: 1, label: 'Yes' })).toMatchObject({ status: 400 });
    expect(await control('GET', '/chats/78')).toMatchObject({ status: 404 });
  });
});
