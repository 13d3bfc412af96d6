import { createHash } from 'node:crypto';
import { signForm, startTwilioSimulator, type TwilioSimulator } from '@colloquy/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FrontDoor, openFrontDoor } from '../front-door.ts';
import { ann, own } from './twilio-world.ts';

let door: FrontDoor;
let simulator: TwilioSimulator;
let sender: { sid: string; webhookUrl: string };

beforeEach(async () => {
  door = await openFrontDoor();
  simulator = await startTwilioSimulator({ clock: door.rest.clock });
  door.idlers.push(() => simulator.idle());
  const config = {
    accountSid: simulator.account.sid,
    authToken: simulator.account.token,
    apiUrl: simulator.url,
    setUpNumbers: true,
  };
  const made = await door.call('POST', '/v1/x/senders', { type: 'twilio', config });
  expect([made.status, made.body]).toMatchObject([201, { addresses: [own], type: 'twilio' }]);
  expect(JSON.stringify(made.body)).not.toContain(simulator.account.token);
  sender = made.body;
  await door.until(
    async () => simulator.account.numbers[0]?.sms_url,
    (url) => url === `${sender.webhookUrl}#rc=5&rp=all`,
  );
});
afterEach(async () => {
  await door.close();
  await simulator.close();
});

// biome-ignore lint/suspicious/noExplicitAny: REST resources
const messagesOf = async (conversation: string): Promise<any[]> =>
  (await door.rest.get(`/v1/Conversations/${conversation}/Messages`)).messages;
const statusOf = async (conversation: string, message: string) =>
  (await door.rest.get(`/v1/Conversations/${conversation}/Messages/${message}/Receipts`)).delivery_receipts[0];

it('takes a message to a phone, tells when it was delivered, and brings the answer', async () => {
  const conversation = await door.converse(ann, own);
  const message = await door.rest.post(`/v1/Conversations/${conversation}/Messages`, { Body: 'hello' });
  const receipt = await door.until(
    () => statusOf(conversation, message.sid),
    ({ status }) => status === 'delivered',
  );
  const [sent] = simulator.account.messages;
  expect(sent).toMatchObject({ from: own, to: ann, body: 'hello' });
  expect(receipt.error_code).toBe(0);
  const { posted } = await simulator.receive({ from: ann, to: own, body: 'hi there' });
  expect(posted).toMatchObject({ status: 200, attempts: 1 });
  expect(await messagesOf(conversation)).toMatchObject([{ body: 'hello' }, { body: 'hi there', author: ann }]);
});

it('shows why a message did not arrive', async () => {
  simulator.break({ api: 'delivery', kind: { code: 30003 } });
  const conversation = await door.converse(ann, own);
  const message = await door.rest.post(`/v1/Conversations/${conversation}/Messages`, { Body: 'hello' });
  const receipt = await door.until(
    () => statusOf(conversation, message.sid),
    ({ status }) => status === 'undelivered',
  );
  expect(receipt.error_code).toBe(30003);
});

it('waits with a message that Twilio took and then failed for the account, until that is mended', async () => {
  simulator.break({ api: 'delivery', kind: { code: 30002 } });
  const conversation = await door.converse(ann, own);
  const message = await door.rest.post(`/v1/Conversations/${conversation}/Messages`, { Body: 'hello' });
  const shown = await door.until(
    async () => (await door.rest.ask('GET', `/v1/x/senders/${sender.sid}`)).body,
    ({ state }) => state === 'refused',
  );
  expect(shown.reason).toContain('30002');
  expect(await statusOf(conversation, message.sid)).toMatchObject({ status: null, error_code: 0 });
  await door.rest.ask('POST', `/v1/x/senders/${sender.sid}/resume`);
  await door.until(
    () => statusOf(conversation, message.sid),
    ({ status }) => status === 'delivered',
  );
  expect(simulator.account.messages).toHaveLength(2);
});

it.each([
  ['though the answer got lost', 'messages'],
  ['though the answer got lost and no report comes either', 'delivery'],
] as const)('sends once %s', async (_what, silent) => {
  simulator.break({ api: 'messages', kind: 'lost' });
  if (silent === 'delivery') simulator.break({ api: 'delivery', kind: 'silent' });
  const conversation = await door.converse(ann, own);
  const first = await door.rest.post(`/v1/Conversations/${conversation}/Messages`, { Body: 'hello' });
  const second = await door.rest.post(`/v1/Conversations/${conversation}/Messages`, { Body: 'hello' });
  await door.until(
    () => statusOf(conversation, second.sid),
    ({ status }) => status === 'delivered',
  );
  expect(simulator.account.messages).toHaveLength(2);
  const receipt = await statusOf(conversation, first.sid);
  expect(receipt.channel_message_sid).toBe(simulator.account.messages[0]?.sid);
  // What nobody reports is known from the list of messages, as far as that says.
  expect(receipt.status).toBe(silent === 'delivery' ? null : 'delivered');
});

it('brings a picture from a phone though it takes its time, and one to a phone', async () => {
  const bytes = Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), Buffer.alloc(1000, 7)]);
  const conversation = await door.converse(ann, own);
  await simulator.receive({
    from: ann,
    to: own,
    body: 'look',
    files: [{ contentType: 'image/png', bytes, missing: 2 }],
  });
  const [message] = await door.until(
    () => messagesOf(conversation),
    (messages) => messages.length === 1,
  );
  expect(message).toMatchObject({ body: 'look', media: [{ content_type: 'image/png', size: bytes.length }] });

  const sid = await door.upload('image/png', bytes);
  await door.rest.post(`/v1/Conversations/${conversation}/Messages`, { MediaSid: sid });
  const files = await door.until(
    async () => simulator.account.messages.flatMap(({ direction, files: all }) => (direction === 'inbound' ? [] : all)),
    (found) => found.length === 1,
  );
  const digest = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
  expect(files.map((file) => digest(file.bytes))).toEqual([digest(bytes)]);
});

it('lets nobody in who does not sign', async () => {
  const conversation = await door.converse(ann, own);
  const form = new URLSearchParams({ MessageSid: 'SM1', From: ann, To: own, Body: 'forged' });
  const post = (signature: string) =>
    fetch(sender.webhookUrl, { method: 'POST', headers: { 'X-Twilio-Signature': signature }, body: form });
  expect((await post(signForm('other', sender.webhookUrl, form))).status).toBe(403);
  expect(await messagesOf(conversation)).toEqual([]);
  expect((await post(signForm(simulator.account.token, sender.webhookUrl, form))).status).toBe(200);
  expect(await messagesOf(conversation)).toHaveLength(1);
});

it('writes no more to a person who texted STOP, and says so', async () => {
  const conversation = await door.converse(ann, own);
  await simulator.receive({ from: ann, to: own, body: 'STOP', extra: { OptOutType: 'STOP' } });
  const message = await door.rest.post(`/v1/Conversations/${conversation}/Messages`, { Body: 'still there?' });
  const receipt = await door.until(
    () => statusOf(conversation, message.sid),
    ({ status }) => status === 'failed',
  );
  expect(receipt.error_code).toBe(21610);
  expect(simulator.account.messages.filter(({ direction }) => direction !== 'inbound')).toEqual([]);
});
