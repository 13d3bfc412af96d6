import type { WhatsAppPerson } from '@colloquy/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openWhatsAppWorld, own, shop, type WhatsAppWorld } from './whatsapp-world.ts';

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
  Object.assign(world.simulator.reporting, { beforeAnswer: false, twice: false, reversed: false });
});

const attributesOf = (message: { attributes: string }) => JSON.parse(message.attributes);
/** What was posted to her. */
const sends = () =>
  world.simulator.journal.filter(({ body }) => (body as { to?: string } | null)?.to === address.slice(9));
/** A conversation in which she has said hello. */
async function begun(): Promise<string> {
  const conversation = await world.converse(address);
  await ann.write('hello');
  await world.written(conversation, 1);
  return conversation;
}

describe('A sender', () => {
  it('is made with what the dashboard shows, and finds its number itself', () => {
    const { sender } = world;
    expect(sender).toMatchObject({ type: 'whatsapp', addresses: [own], state: 'active', health: { state: 'up' } });
    expect(sender.notes).toContain('People see the name Shop.');
    const { accessToken, appSecret, verifyToken } = sender.config;
    expect([accessToken, appSecret, verifyToken]).toEqual([undefined, undefined, undefined]);
    expect(JSON.stringify(sender)).not.toContain(world.simulator.world.token);
  });

  it.each([
    ['a wrong token', { accessToken: 'wrong' }, 'access token'],
    ['the secret of another app', { appSecret: 'wrong' }, 'app secret'],
    ['an id that is no number of this account', { phoneNumberId: '1' }, 'phone number'],
    ['an account that is not there', { businessAccountId: '1' }, 'account'],
  ])('is not made with %s', async (_what, wrong, reason) => {
    const { status, body } = await world.addSender(shop, wrong);
    expect([status, body.code]).toEqual([400, 20422]);
    expect(body.message).toContain(reason);
  });

  it('is described, so that a page can ask for what it takes', async () => {
    const { types } = (await world.x('GET', '/sender-types')).body;
    const described = types.find(({ type }: { type: string }) => type === 'whatsapp');
    expect(described.secrets).toEqual(['accessToken', 'appSecret', 'verifyToken']);
    const required = ['phoneNumberId', 'businessAccountId', 'accessToken', 'appSecret', 'verifyToken'];
    expect(described.config).toMatchObject({ type: 'object', required });
    for (const field of Object.values<{ description?: string }>(described.config.properties)) {
      expect(field.description).toMatch(/\w{3}/);
    }
  });

  it('says when nothing would come in, since no app is subscribed', async () => {
    world.simulator.world.subscribed.clear();
    const { body } = await world.x('POST', `/senders/${world.sender.sid}/check`, {});
    expect(body).toMatchObject({ ok: true, notes: expect.arrayContaining([expect.stringContaining('subscribed')]) });
  });
});

describe('A message', () => {
  it('goes out once the person has written, and its receipt follows the network', async () => {
    const conversation = await begun();
    expect(await world.messages(conversation)).toMatchObject([{ body: 'hello', author: address }]);
    const message = await world.say(conversation, { Body: 'Good day!' });
    expect(await world.arrived(ann)).toMatchObject([{ text: 'Good day!', phoneNumberId: shop.id }]);
    await world.pass(500);
    expect(await world.receipts(message)).toMatchObject([{ status: 'delivered', error_code: 0 }]);
    await ann.read();
    expect(await world.receipts(message)).toMatchObject([{ status: 'read', error_code: 0 }]);
  });

  it('is answered as failed with 63016 where the person has not written within a day, and is not even tried', async () => {
    const conversation = await world.converse(address);
    const never = await world.say(conversation, { Body: 'too early' });
    expect(await world.receipts(never)).toMatchObject([{ status: 'failed', error_code: 63016 }]);
    await ann.write('hello');
    await world.written(conversation, 2);
    await world.pass(day - 1);
    const inTime = await world.say(conversation, { Body: 'in time' });
    await world.arrived(ann);
    expect(await world.receipts(inTime)).toMatchObject([{ error_code: 0 }]);
    await world.pass(1);
    const late = await world.say(conversation, { Body: 'too late' });
    expect(await world.receipts(late)).toMatchObject([{ status: 'failed', error_code: 63016 }]);
    expect(sends()).toHaveLength(1);
  });

  it('has the receipt of its last status, in whatever order and however often they come', async () => {
    Object.assign(world.simulator.reporting, { beforeAnswer: true, twice: true, reversed: true });
    const conversation = await begun();
    const message = await world.say(conversation, { Body: 'Good day!' });
    await world.arrived(ann);
    await ann.read();
    await world.pass(500);
    expect(await world.receipts(message)).toMatchObject([{ status: 'read', error_code: 0 }]);
  });

  it.each([
    [131026, 'undelivered', 63024],
    [131049, 'undelivered', 63032],
    [131047, 'failed', 63016],
    [131053, 'failed', 63019],
  ])('that the network reports as failed with %i is %s with %i', async (code, status, receipt) => {
    const conversation = await begun();
    world.simulator.break({ api: 'delivery', kind: { code } });
    const message = await world.say(conversation, { Body: 'Good day!' });
    await world.until(async () => (await world.receipts(message))[0]?.channel_message_sid);
    await world.pass(500);
    expect(await world.receipts(message)).toMatchObject([{ status, error_code: receipt }]);
  });

  it('whose answer got lost is settled by the status that names it, and is not sent again', async () => {
    const conversation = await begun();
    world.simulator.break({ api: 'messages', kind: 'lost' });
    const message = await world.say(conversation, { Body: 'Good day!' });
    await world.arrived(ann);
    await world.pass(500);
    await world.until(async () => (await world.receipts(message))[0]?.status === 'delivered');
    await world.pass(10 * 60 * 1000);
    expect(sends()).toHaveLength(1);
    expect(await world.receipts(message)).toMatchObject([{ status: 'delivered', error_code: 0 }]);
  });

  it('waits while the token is refused, and goes out when the sender is mended', async () => {
    const conversation = await begun();
    world.simulator.break({ api: 'messages', kind: { code: 190 } });
    const message = await world.say(conversation, { Body: 'Good day!' });
    const shown = await world.until(async () => {
      const { body } = await world.x('GET', `/senders/${world.sender.sid}`);
      return body.state === 'refused' && body;
    });
    expect(shown).toMatchObject({ health: { state: 'down', reason: expect.stringContaining('190') } });
    expect(await world.receipts(message)).toMatchObject([{ status: null }]);
    await world.x('POST', `/senders/${world.sender.sid}/resume`, {});
    expect(await world.arrived(ann)).toMatchObject([{ text: 'Good day!' }]);
  });
});

describe('A message that WhatsApp took', () => {
  it('waits when a status says that the bill is not paid, template and all, and goes out when it is', async () => {
    const form = {
      friendly_name: 'parcel_arrived',
      language: 'en',
      types: { 'twilio/text': { body: 'Hello {{1}}!' } },
    };
    const { body: content } = await world.at.ask('POST', '/v1/Content', {
      form: JSON.stringify(form),
      headers: { 'content-type': 'application/json' },
    });
    const components = [{ type: 'BODY', text: 'Hello {{1}}!' }];
    const approved = { name: 'parcel_arrived', language: 'en', status: 'APPROVED', category: 'UTILITY' } as const;
    world.simulator.world.templates.push({ ...approved, components });
    const conversation = await begun();
    for (const _ of [1, 2]) world.simulator.break({ api: 'delivery', kind: { code: 131042 } });
    const filled = { ContentSid: content.sid, ContentVariables: '{"1":"Ann"}' };
    const messages = [await world.say(conversation, filled), await world.say(conversation, { Body: 'Good day!' })];
    await world.until(async () => sends().length === 2);
    await world.pass(500);
    await world.until(async () => (await world.x('GET', `/senders/${world.sender.sid}`)).body.state === 'refused');
    for (const message of messages) expect(await world.receipts(message)).toMatchObject([{ status: null }]);
    await world.x('POST', `/senders/${world.sender.sid}/resume`, {});
    const received = await world.arrived(ann, 2);
    const filledIn = [{ type: 'body', parameters: [{ type: 'text', text: 'Ann' }] }];
    expect(received[0]?.body).toMatchObject({ template: { name: 'parcel_arrived', components: filledIn } });
    expect(received[1]?.text).toBe('Good day!');
  });
});

describe('An answer and a reaction', () => {
  it('of the person name the message that they are about', async () => {
    const conversation = await begun();
    const message = await world.say(conversation, { Body: 'Tea or coffee?' });
    const [received] = await world.arrived(ann);
    await world.until(async () => (await world.receipts(message))[0]?.channel_message_sid);
    await ann.write('tea', { replyTo: received?.id ?? '' });
    await ann.react(received?.id ?? '', '👍');
    await ann.react(received?.id ?? '', null);
    const [, , answer, reaction, undone] = await world.written(conversation, 5);
    expect(attributesOf(answer)).toMatchObject({ reply_to: message.sid, channel: { type: 'text' } });
    expect(attributesOf(reaction)).toMatchObject({ reaction: { message: message.sid, emoji: '👍' } });
    expect(attributesOf(undone)).toMatchObject({ reaction: { message: message.sid, emoji: null } });
  });

  it('to the person are one on his phone', async () => {
    const conversation = await world.converse(address);
    const { id } = await ann.write('hello');
    const [theirs] = await world.written(conversation, 1);
    await world.say(conversation, { Body: 'Good day!', Attributes: JSON.stringify({ reply_to: theirs.sid }) });
    const reaction = { reaction: { message: theirs.sid, emoji: '❤️' } };
    await world.say(conversation, { Body: '❤️', Attributes: JSON.stringify(reaction) });
    const received = await world.arrived(ann, 2);
    expect(received[0]?.body).toMatchObject({ type: 'text', context: { message_id: id } });
    expect(received[1]?.body).toMatchObject({ type: 'reaction', reaction: { message_id: id, emoji: '❤️' } });
  });
});

describe('Whatever is posted to its URL', () => {
  it('is never answered with an error of ours, and the next good message arrives', async () => {
    const conversation = await world.converse(address);
    const noise = fc.oneof(fc.string(), fc.json(), fc.constant('{"object":"whatsapp_business_account","entry":[{}]}'));
    const secret = fc.constantFrom(world.simulator.world.appSecret, 'wrong', null);
    await fc.assert(
      fc.asyncProperty(noise, secret, async (body, key) => {
        const status = await world.simulator.webhooks.postRaw(body, key);
        expect(key === world.simulator.world.appSecret ? [200, 400] : [401]).toContain(status);
      }),
      { numRuns: 60 },
    );
    expect(await world.simulator.webhooks.postRaw(`"${'x'.repeat(3 * 1024 * 1024)}"`)).toBe(413);
    await ann.write('still here?');
    expect(await world.written(conversation, 1)).toMatchObject([{ body: 'still here?' }]);
  });

  it('is one message when it comes forty times at once', async () => {
    const conversation = await world.converse(address);
    await Promise.all(Array.from({ length: 40 }, () => ann.write('hello', { id: `wamid.${address}` })));
    expect(await world.messages(conversation)).toMatchObject([{ body: 'hello' }]);
  });
});

describe('A file', () => {
  const bytes = Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), Buffer.alloc(1000, 7)]);

  it('that the person sends is in the thread with its caption, though its first URL was too old', async () => {
    const conversation = await world.converse(address);
    world.simulator.break({ api: 'download', kind: { http: 404 } });
    await ann.sendFile({ contentType: 'image/png', bytes, caption: 'look' });
    const [message] = await world.written(conversation, 1);
    expect(message).toMatchObject({ body: 'look', media: [{ content_type: 'image/png', size: bytes.length }] });
    expect(world.simulator.journal.filter(({ path }) => /^\/v24\.0\/10375432\d+$/.test(path))).toHaveLength(2);
  });

  it('whose bytes are not those that were sent is not taken for the right one', async () => {
    const conversation = await world.converse(address);
    world.simulator.break({ api: 'download', kind: 'changed' });
    await ann.sendFile({ contentType: 'image/png', bytes, caption: 'look' });
    const { sql } = world.at.server.core.db;
    const putBack = sql
      .selectFrom('outbox')
      .select('id')
      .where('kind', '=', 'inbound')
      .where('not_before', '>', world.clock.now());
    await world.until(() => putBack.executeTakeFirst());
    expect(await world.messages(conversation)).toEqual([]);
    world.clock.advance(1000);
    const [message] = await world.written(conversation, 1);
    expect(message.media).toMatchObject([{ size: bytes.length }]);
  });

  it('of 17 MB goes to the person and comes from him, where it is a document', async () => {
    const conversation = await begun();
    const large = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(17 * 1024 * 1024, 7)]);
    const { chat_service_sid: service } = await world.at.get(`/v1/Conversations/${conversation}`);
    const { body: stored } = await world.at.ask('POST', `/v1/Services/${service}/Media?Filename=a.pdf`, {
      form: large.toString('latin1'),
      headers: { 'content-type': 'application/pdf' },
    });
    await world.say(conversation, { MediaSid: stored.sid });
    const [received] = await world.arrived(ann);
    expect(received).toMatchObject({ type: 'document', file: { contentType: 'application/pdf' } });
    await ann.sendFile({ contentType: 'application/pdf', bytes: large, filename: 'b.pdf' });
    const [, , message] = await world.written(conversation, 3);
    expect(message).toMatchObject({ media: [{ content_type: 'application/pdf', size: large.length }] });
  });

  it('goes to the person, uploaded, with the text below it', async () => {
    const conversation = await begun();
    const { chat_service_sid: service } = await world.at.get(`/v1/Conversations/${conversation}`);
    const { sid } = await world.at
      .ask('POST', `/v1/Services/${service}/Media?Filename=a.png`, {
        form: bytes.toString('latin1'),
        headers: { 'content-type': 'image/png' },
      })
      .then(({ body }) => body);
    expect(sid).toMatch(/^ME/);
    await world.say(conversation, { Body: 'look', MediaSid: sid });
    const [received] = await world.arrived(ann);
    expect(received).toMatchObject({ type: 'image', text: 'look', file: { contentType: 'image/png' } });
  });
});
