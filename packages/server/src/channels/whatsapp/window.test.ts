import type { WhatsAppPerson } from '@colloquy/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { branch, openWhatsAppWorld, own, shop, type WhatsAppWorld } from './whatsapp-world.ts';

const day = 24 * 60 * 60 * 1000;

let world: WhatsAppWorld;
let ann: WhatsAppPerson;
let address: string;
beforeAll(async () => {
  world = await openWhatsAppWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  ann = world.newPhone();
  address = `whatsapp:+${ann.state.number}`;
});

const windows = async (conversation: string) =>
  (await world.x('GET', `/conversations/${conversation}/windows`)).body.windows;
const iso = (time: number) => new Date(time).toISOString();

it('is closed to whoever has never written: the answer to the send says so, and why is on record', async () => {
  const conversation = await world.converse(address);
  expect(await windows(conversation)).toMatchObject([
    { address, proxyAddress: own, lastReceived: null, closes: null, refusal: 63016 },
  ]);
  const message = await world.say(conversation, { Body: 'hello?' });
  expect(message.delivery).toMatchObject({ total: 1, sent: 'none', failed: 'all' });
  expect(await world.receipts(message)).toMatchObject([{ status: 'failed', error_code: 63016 }]);
  const { body } = await world.x('GET', `/conversations/${conversation}/messages/${message.sid}/deliveries`);
  expect(JSON.stringify(body)).toContain('window-closed');
  await world.pass(10 * 60 * 1000);
  expect(ann.received).toEqual([]);
});

it.each([
  ['a text', () => ann.write('hello')],
  ['a file', () => ann.sendFile({ contentType: 'text/plain', bytes: Buffer.from('hello'), filename: 'a.txt' })],
  ['a reaction', () => ann.react('wamid.of-long-ago', '👍')],
  ['what cannot be shown', () => ann.send('unsupported', { unsupported: { type: 'poll_creation' } })],
])('is opened by %s, for 24 hours to the millisecond', async (_what, write) => {
  const conversation = await world.converse(address);
  await write();
  await world.written(conversation, 1);
  const opened = world.clock.now();
  expect(await windows(conversation)).toMatchObject([
    { lastReceived: iso(opened), closes: iso(opened + day), refusal: null },
  ]);
  await world.pass(day - 1);
  expect(await windows(conversation)).toMatchObject([{ refusal: null }]);
  expect((await world.say(conversation, { Body: 'in time' })).delivery).toMatchObject({ failed: 'none' });
  await world.arrived(ann);
  await world.pass(1);
  expect(await windows(conversation)).toMatchObject([{ closes: iso(opened + day), refusal: 63016 }]);
  expect((await world.say(conversation, { Body: 'too late' })).delivery).toMatchObject({ failed: 'all' });
  expect(ann.received.map(({ text }) => text)).toEqual(['in time']);
});

it('is one for each own number, whichever conversation it was in', async () => {
  await world.addSender(branch);
  const [atShop, atBranch] = [
    await world.converse(address),
    await world.converse(address, `whatsapp:${branch.number}`),
  ];
  await ann.write('hello', { to: shop.id });
  await world.written(atShop, 1);
  expect(await windows(atShop)).toMatchObject([{ refusal: null }]);
  expect(await windows(atBranch)).toMatchObject([{ refusal: 63016 }]);
  await world.at.remove(`/v1/Conversations/${atShop}`);
  const next = await world.converse(address);
  expect((await world.say(next, { Body: 'again' })).delivery).toMatchObject({ failed: 'none' });
  await world.arrived(ann);
});

it('concerns only those who have one', async () => {
  const conversation = await world.converse(address);
  const sms = { 'MessagingBinding.Address': '+12025550177', 'MessagingBinding.ProxyAddress': '+12025550100' };
  await world.at.post(`/v1/Conversations/${conversation}/Participants`, sms);
  const message = await world.say(conversation, { Body: 'to both' });
  expect(message.delivery).toMatchObject({ total: 2, failed: 'some' });
  expect((await windows(conversation)).map((one: { refusal: number | null }) => one.refusal)).toEqual([63016, null]);
});

it('lets templates through, and a dead letter that somebody sends again once it is open', async () => {
  const conversation = await world.converse(address);
  const components = [{ type: 'BODY', text: 'Your parcel {{1}} is here.' }];
  world.simulator.world.templates.push({
    name: 'parcel',
    language: 'en',
    status: 'APPROVED',
    category: 'UTILITY',
    components,
  });
  const template = {
    friendly_name: 'parcel',
    language: 'en',
    types: { 'twilio/text': { body: 'Your parcel {{1}} is here.' } },
  };
  const { body: content } = await world.at.ask('POST', '/v1/Content', {
    form: JSON.stringify(template),
    headers: { 'content-type': 'application/json' },
  });
  const message = await world.say(conversation, { ContentSid: content.sid, ContentVariables: '{"1":"A7"}' });
  expect(message.delivery).toMatchObject({ failed: 'none' });
  const [received] = await world.arrived(ann);
  expect(received?.body).toMatchObject({ type: 'template', template: { name: 'parcel', language: { code: 'en' } } });

  const late = await world.say(conversation, { Body: 'Any questions?' });
  await ann.write('yes');
  await world.written(conversation, 3);
  const { outbox } = (await world.x('GET', '/outbox')).body;
  const letter = outbox.find((one: { messageSid: string }) => one.messageSid === late.sid);
  expect((await world.x('POST', `/outbox/${letter.id}/retry`, {})).status).toBe(200);
  expect((await world.arrived(ann, 2))[1]?.text).toBe('Any questions?');
});
