import type { WhatsAppPerson } from '@colloquy/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { branch, openWhatsAppWorld, own, shop, type WhatsAppWorld } from './whatsapp-world.ts';

let world: WhatsAppWorld;
let ann: WhatsAppPerson;
let byNumber: string;
let byId: string;
beforeAll(async () => {
  world = await openWhatsAppWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  ann = world.newPhone();
  byNumber = `whatsapp:+${ann.state.number}`;
  byId = `whatsapp:${ann.state.userId}`;
});

const bodies = async (conversation: string) =>
  (await world.messages(conversation)).map(({ body, author }) => [author, body]);

describe('Somebody who hides his number', () => {
  it('is found where his number is bound, once both were seen together, after a restart of the sender, too', async () => {
    const conversation = await world.converse(byNumber);
    await ann.write('with number');
    ann.hideNumber('ann.b');
    await ann.write('without');
    await world.at.ask('POST', `/v1/x/senders/${world.sender.sid}`, {
      form: JSON.stringify({ config: { markRead: false } }),
      headers: { 'content-type': 'application/json' },
    });
    await ann.write('after a restart');
    await world.written(conversation, 3);
    expect(await bodies(conversation)).toEqual([
      [byNumber, 'with number'],
      [byNumber, 'without'],
      [byNumber, 'after a restart'],
    ]);
  });

  it('is known once a message that went to his number was reported on', async () => {
    world.simulator.world.person(ann.state.number).wrote.set(shop.id, world.clock.now());
    const conversation = await world.converse(byNumber);
    await ann.write('hello');
    await world.written(conversation, 1);
    const bob = world.newPhone();
    const other = await world.converse(`whatsapp:+${bob.state.number}`);
    bob.state.wrote.set(shop.id, world.clock.now());
    // Only a template may be sent first; what it says does not matter here.
    world.simulator.world.templates.push({
      name: 'hi',
      language: 'en',
      status: 'APPROVED',
      category: 'UTILITY',
      components: [{ type: 'BODY', text: 'Hi!' }],
    });
    const { sid } = await createTemplate('hi', 'Hi!');
    bob.hideNumber('bob');
    await world.say(other, { ContentSid: sid });
    await world.arrived(bob);
    await world.pass(500);
    await bob.write('who is this?');
    await world.written(other, 2);
    expect((await bodies(other))[1]).toEqual([`whatsapp:+${bob.state.number}`, 'who is this?']);
  });

  it('can be bound by his id, and be written to', async () => {
    ann.hideNumber('ann');
    const conversation = await world.converse(byId);
    await ann.write('hello');
    await world.written(conversation, 1);
    await world.say(conversation, { Body: 'Good day!' });
    const [received] = await world.arrived(ann);
    expect(received?.body).toMatchObject({ recipient: ann.state.userId });
    expect(received?.body).not.toHaveProperty('to');
    await world.pass(500);
    const [, message] = await world.messages(conversation);
    expect(await world.receipts(message)).toMatchObject([{ status: 'delivered' }]);
  });

  it('is found by the id that the parent of the business knows him by', async () => {
    ann.state.parentUserId = `US.ENT.${ann.state.number}`;
    ann.hideNumber('ann');
    const conversation = await world.converse(`whatsapp:US.ENT.${ann.state.number}`);
    await ann.write('hello');
    await world.written(conversation, 1);
    expect(await bodies(conversation)).toEqual([[`whatsapp:US.ENT.${ann.state.number}`, 'hello']]);
  });

  it('can be written to within the window though he is bound by another of his addresses', async () => {
    const conversation = await world.converse(byId);
    await ann.write('hello');
    await world.written(conversation, 1);
    const message = await world.say(conversation, { Body: 'Good day!' });
    expect(await world.receipts(message)).toMatchObject([{ error_code: 0 }]);
    await world.arrived(ann);
  });
});

describe('Somebody who changes his number', () => {
  it('stays in his conversation, which says so, and gets what goes to the old number', async () => {
    const conversation = await world.converse(byNumber);
    await ann.write('hello');
    await world.written(conversation, 1);
    const next = world.newPhone().state.number.replace(/^1202555/, '1202556');
    await ann.changeNumber(`+${next}`);
    await ann.write('it is still me');
    await world.written(conversation, 3);
    expect(await bodies(conversation)).toEqual([
      [byNumber, 'hello'],
      [byNumber, expect.stringContaining(`changed from ${byNumber.slice(10)} to ${next}`)],
      [byNumber, 'it is still me'],
    ]);
    await world.say(conversation, { Body: 'Good day!' });
    const [received] = await world.arrived(ann);
    expect(received?.body).toMatchObject({ to: `+${next}` });
  });

  it('has no window opened by that', async () => {
    const conversation = await world.converse(byNumber);
    await ann.changeNumber(`+${ann.state.number.replace(/^1202555/, '1202558')}`);
    await world.written(conversation, 1);
    const message = await world.say(conversation, { Body: 'Good day!' });
    expect(await world.receipts(message)).toMatchObject([{ status: 'failed', error_code: 63016 }]);
  });

  it('does not get what is for whoever has the old number now', async () => {
    const conversation = await world.converse(byNumber);
    const before = ann.state.number;
    await ann.write('hello');
    await world.written(conversation, 1);
    await ann.changeNumber(`+${before.replace(/^1202555/, '1202557')}`);
    const bob = world.simulator.phone(`+${before}`);
    bob.state.userId = `US.9${before}`;
    await bob.write('wrong number?');
    await world.written(conversation, 3);
    await world.say(conversation, { Body: 'Good day!' });
    expect(await world.arrived(bob)).toMatchObject([{ text: 'Good day!' }]);
    expect(ann.received).toEqual([]);
  });
});

it('WhatsApp may know somebody by another number than was dialled', async () => {
  // Mobiles of Mexico are dialled with a 1 by some, and WhatsApp answers with or without it.
  const digits = `52155${ann.state.number.slice(-8)}`;
  const conversation = await world.converse(`whatsapp:+${digits}`);
  const phone = world.simulator.phone(`+52${digits.slice(3)}`);
  await phone.write('hola');
  await world.written(conversation, 1);
  expect(await bodies(conversation)).toEqual([[`whatsapp:+${digits}`, 'hola']]);
  const message = await world.say(conversation, { Body: 'buenos días' });
  expect(await world.receipts(message)).toMatchObject([{ error_code: 0 }]);
});

describe('An app with several numbers', () => {
  it('reports to one URL, and each message goes through the sender of its number', async () => {
    const { body: second } = await world.addSender(branch);
    expect(second.addresses).toEqual([`whatsapp:${branch.number}`]);
    const [first, other] = [
      await world.converse(byNumber),
      await world.converse(byNumber, `whatsapp:${branch.number}`),
    ];
    world.simulator.webhooks.hold();
    await ann.write('to the shop', { to: shop.id });
    await ann.write('to the branch', { to: branch.id });
    await ann.sendFile({ to: branch.id, contentType: 'text/plain', bytes: Buffer.from('a file'), filename: 'a.txt' });
    expect(await world.simulator.webhooks.release()).toBe(200);
    await world.written(first, 1);
    await world.written(other, 2);
    expect(await bodies(first)).toEqual([[byNumber, 'to the shop']]);
    expect(await bodies(other)).toEqual([
      [byNumber, 'to the branch'],
      [byNumber, null],
    ]);
    const message = await world.say(other, { Body: 'from the branch' });
    const [received] = await world.arrived(ann);
    expect(received).toMatchObject({ phoneNumberId: branch.id, text: 'from the branch' });
    await world.pass(500);
    expect(await world.receipts(message)).toMatchObject([{ status: 'delivered' }]);
    await ann.react(received?.id ?? '', '👍', { to: branch.id });
    const [, , , reaction] = await world.written(other, 4);
    expect(JSON.parse(reaction.attributes)).toMatchObject({ reaction: { message: message.sid } });
  });

  it('is not believed about the number of another app, which reports by itself', async () => {
    const other = { ...branch, id: '406540352242922', number: '+15550783884' };
    const config = { appSecret: 'the secret of another app' };
    const more = { addresses: [`whatsapp:${other.number}`], check: false };
    expect((await world.addSender(other, config, more)).status).toBe(201);
    const conversation = await world.converse(byNumber, `whatsapp:${other.number}`);
    const value = {
      messaging_product: 'whatsapp',
      metadata: { display_phone_number: other.number.slice(1), phone_number_id: other.id },
      messages: [
        { from: ann.state.number, id: 'wamid.forged', timestamp: '1', type: 'text', text: { body: 'forged' } },
      ],
    };
    const body = { object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'messages', value }] }] };
    expect(await world.simulator.webhooks.postRaw(JSON.stringify(body))).toBe(200);
    await ann.write('to the shop');
    expect(await bodies(conversation)).toEqual([]);
    expect(JSON.stringify((await world.x('GET', '/unrouted')).body)).not.toContain('forged');
  });

  it('loses nothing for a number that has no sender: it is kept, under that number', async () => {
    const { id } = { id: '306540352242922' };
    const value = {
      messaging_product: 'whatsapp',
      metadata: { display_phone_number: '15550783899', phone_number_id: id },
      messages: [
        { from: ann.state.number, id: 'wamid.nobody', timestamp: '1', type: 'text', text: { body: 'anyone?' } },
      ],
    };
    const body = { object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'messages', value }] }] };
    expect(await world.simulator.webhooks.postRaw(JSON.stringify(body))).toBe(200);
    const { body: kept } = await world.x('GET', '/unrouted');
    expect(JSON.stringify(kept)).toContain('anyone?');
    expect(JSON.stringify(kept)).toContain('whatsapp:+15550783899');
  });
});

async function createTemplate(name: string, body: string): Promise<{ sid: string }> {
  const { body: made } = await world.at.ask('POST', '/v1/Content', {
    form: JSON.stringify({ friendly_name: name, language: 'en', types: { 'twilio/text': { body } } }),
    headers: { 'content-type': 'application/json' },
  });
  return made;
}

it('An own address is a number, never an id', async () => {
  const { status } = await world.addSender(shop, {}, { addresses: ['whatsapp:US.1'] });
  expect(status).toBe(400);
  expect(world.sender.addresses).toEqual([own]);
});
