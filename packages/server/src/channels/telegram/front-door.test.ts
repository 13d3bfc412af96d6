import { startTelegramSimulator, type TelegramSimulator } from '@colloquy/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FrontDoor, openFrontDoor } from '../front-door.ts';
import { ann, bot, polledBy } from './telegram-world.ts';

const person = `telegram:${ann}`;

let door: FrontDoor;
let simulator: TelegramSimulator;
let sender: { sid: string };

beforeEach(async () => {
  door = await openFrontDoor();
  simulator = await startTelegramSimulator({ clock: door.rest.clock });
  const config = { token: simulator.token, apiUrl: simulator.url };
  const made = await door.call('POST', '/v1/x/senders', { type: 'telegram', config });
  expect([made.status, made.body]).toMatchObject([201, { addresses: [bot], type: 'telegram' }]);
  expect(JSON.stringify(made.body)).not.toContain(simulator.token);
  sender = made.body;
  await polledBy(simulator);
});
afterEach(async () => {
  await door.close();
  await simulator.close();
});

// biome-ignore lint/suspicious/noExplicitAny: REST resources
const messagesOf = async (conversation: string): Promise<any[]> =>
  (await door.rest.get(`/v1/Conversations/${conversation}/Messages`)).messages;
const onPhone = () => (simulator.state.chats.get(ann)?.messages ?? []).filter(({ from }) => from.is_bot);

it('begins a conversation with a person who starts the bot, and brings him the answer', async () => {
  const address = { Type: 'telegram', Address: bot, 'AutoCreation.Enabled': 'true' };
  await door.rest.post('/v1/Configuration/Addresses', address);
  simulator.people.write({ chat: ann, text: '/start' });
  const [conversation] = await door.until(
    async () => (await door.rest.get('/v1/Conversations')).conversations,
    (found) => found.length === 1,
  );
  const [participant] = (await door.rest.get(`/v1/Conversations/${conversation.sid}/Participants`)).participants;
  expect(participant.messaging_binding).toMatchObject({ type: 'telegram', address: person, proxy_address: bot });
  await door.until(
    () => messagesOf(conversation.sid),
    (messages) => messages.length === 1,
  );
  const message = await door.rest.post(`/v1/Conversations/${conversation.sid}/Messages`, { Body: 'welcome' });
  await door.until(
    async () => onPhone(),
    (messages) => messages.length === 1,
  );
  expect(onPhone()).toMatchObject([{ text: 'welcome' }]);
  const [receipt] = await door.until(
    async () =>
      (await door.rest.get(`/v1/Conversations/${conversation.sid}/Messages/${message.sid}/Receipts`)).delivery_receipts,
    ([one]) => one?.status === 'sent',
  );
  expect(receipt.error_code).toBe(0);
});

it('carries answers and reactions both ways', async () => {
  const conversation = await door.converse(person, bot);
  simulator.people.write({ chat: ann, text: 'hello' });
  const [hello] = await door.until(
    () => messagesOf(conversation),
    (messages) => messages.length === 1,
  );
  const answer = { Body: 'hi', Attributes: JSON.stringify({ reply_to: hello.sid }) };
  const hi = await door.rest.post(`/v1/Conversations/${conversation}/Messages`, answer);
  await door.until(
    async () => onPhone(),
    (messages) => messages.length === 1,
  );
  expect(onPhone()[0]).toMatchObject({ text: 'hi', reply_to_message: { text: 'hello' } });
  const like = { Body: '👍', Attributes: JSON.stringify({ reaction: { message: hello.sid, emoji: '👍' } }) };
  await door.rest.post(`/v1/Conversations/${conversation}/Messages`, like);
  await door.until(
    async () => simulator.state.chats.get(ann)?.reactions.size,
    (size) => size === 1,
  );
  simulator.people.react(ann, onPhone()[0]?.message_id ?? 0, '🎉');
  const messages = await door.until(
    () => messagesOf(conversation),
    (all) => all.length === 4,
  );
  expect(JSON.parse(messages[3].attributes)).toMatchObject({ reaction: { message: hi.sid, emoji: '🎉' } });
});

it('brings a person by a link into the conversation that it names', async () => {
  const { sid: conversation } = await door.rest.post('/v1/Conversations');
  const { body } = await door.call('POST', `/v1/x/senders/${sender.sid}/links`, { conversation });
  expect(body.url).toMatch(/^https:\/\/t\.me\/simulated_bot\?start=[\w-]{1,64}$/);
  simulator.people.write({ chat: ann, text: `/start ${new URL(body.url).searchParams.get('start')}` });
  await door.until(
    () => messagesOf(conversation),
    (messages) => messages.length === 1,
  );
  expect(await messagesOf(conversation)).toMatchObject([{ body: '/start', author: person }]);
  const { participants } = await door.rest.get(`/v1/Conversations/${conversation}/Participants`);
  expect(participants).toMatchObject([{ messaging_binding: { address: person, proxy_address: bot } }]);
  await door.rest.post(`/v1/Conversations/${conversation}/Messages`, { Body: 'welcome' });
  await door.until(
    async () => onPhone(),
    (messages) => messages.length === 1,
  );
  expect(onPhone()).toMatchObject([{ text: 'welcome' }]);
});

it('leaves a person where he is when he opens a link into another conversation', async () => {
  const first = await door.converse(person, bot);
  const { sid: second } = await door.rest.post('/v1/Conversations');
  const { body } = await door.call('POST', `/v1/x/senders/${sender.sid}/links`, { conversation: second });
  simulator.people.write({ chat: ann, text: `/start ${new URL(body.url).searchParams.get('start')}` });
  await door.until(
    () => messagesOf(first),
    (messages) => messages.length === 1,
  );
  expect(await messagesOf(second)).toEqual([]);
});

it('makes no link into a conversation that there is not', async () => {
  for (const conversation of [`CH${'0'.repeat(32)}`, 'nonsense', 7, '']) {
    const { status } = await door.call('POST', `/v1/x/senders/${sender.sid}/links`, { conversation });
    expect(status).toBe(400);
  }
});

it('is called by Telegram where that is wanted', async () => {
  const config = { webhook: true };
  const { status } = await door.call('POST', `/v1/x/senders/${sender.sid}`, { config, check: false });
  expect(status).toBe(200);
  await door.until(
    async () => simulator.updates.webhook?.url,
    (url) => url === `${door.publicUrl}/v1/x/senders/${sender.sid}/webhook`,
  );
  const conversation = await door.converse(person, bot);
  simulator.people.write({ chat: ann, text: 'hello' });
  await simulator.idle();
  expect(await messagesOf(conversation)).toMatchObject([{ body: 'hello', author: person }]);
  expect(simulator.updates.pending).toBe(0);
});
