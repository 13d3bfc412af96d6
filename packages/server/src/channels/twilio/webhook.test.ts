import { ManualClock, signForm } from '@colloquy/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InboundMessage } from '../events.ts';
import { ann, openTwilioWorld, own, type TwilioWorld } from './twilio-world.ts';

let world: TwilioWorld;
beforeEach(async () => {
  world = await openTwilioWorld(new ManualClock(), {
    simulator: { advancedOptOut: true, senders: { 'whatsapp:+12025550100': '' } },
  });
});
afterEach(() => world.close());

const events = () => world.host.events;

/** What is posted by hand, signed unless it says otherwise. */
function post(form: Record<string, string>, more: { signature?: string; query?: string; method?: string } = {}) {
  const { query = '', method = 'POST' } = more;
  const url = `${world.host.webhookUrl}${query}`;
  const body = new URLSearchParams(form);
  const headers = { 'X-Twilio-Signature': more.signature ?? signForm(world.config.authToken, url, body) };
  return fetch(url, { method, headers, ...(method === 'POST' && { body }) });
}

describe('A report', () => {
  async function sent(): Promise<string> {
    const result = await world.send('hello', { deliveryId: 'delivery-9' });
    if (result.outcome !== 'accepted') throw new Error('It was not accepted.');
    return result.providerId;
  }

  it('names the delivery and the message, whatever the order', async () => {
    const sid = await sent();
    for (const status of ['read', 'queued', 'delivered', 'sending', 'sent']) await world.simulator.report(sid, status);
    expect(events()).toEqual(
      ['read', 'delivered', 'sent'].map((status) =>
        expect.objectContaining({ type: 'status', status, providerId: sid, deliveryId: 'delivery-9' }),
      ),
    );
    expect(new Set(events().map(({ eventId }) => eventId)).size).toBe(3);
  });

  it('that comes twice has the same key, and one of another time another', async () => {
    const sid = await sent();
    await world.simulator.report(sid, 'delivered');
    await world.simulator.report(sid, 'delivered');
    world.clock.advance(60_000);
    await world.simulator.report(sid, 'delivered');
    const [first, second, third] = events().map(({ eventId }) => eventId);
    expect(first).toBe(second);
    expect(third).not.toBe(first);
  });

  it.each([
    ['undelivered', 30003, 30003],
    ['failed', 30007, 30007],
    ['undelivered', 63016, 63016],
  ])('%s with %s says why', async (status, code, receiptCode) => {
    await world.simulator.report(await sent(), status, code);
    expect(events()).toMatchObject([{ status, error: { code: String(code), receiptCode } }]);
  });

  it('of STOP says that the person does not want to be written to', async () => {
    await world.simulator.report(await sent(), 'failed', 21610);
    expect(events()).toMatchObject([
      { type: 'status', status: 'failed' },
      { type: 'consent', state: 'stop', sender: ann, recipient: own },
    ]);
  });
});

describe('A message', () => {
  const write = (body: string, extra: Record<string, string> = {}, from = ann, to = own) =>
    world.simulator.receive({ from, to, body, extra });
  const message = () => events().find(({ type }) => type === 'message') as InboundMessage;

  it('comes with its SID as key, and is answered with nothing to do', async () => {
    const { message: written, posted } = await write('hällo + & =');
    expect(events()).toEqual([
      {
        type: 'message',
        eventId: written.sid,
        providerId: written.sid,
        sender: ann,
        recipient: own,
        at: world.clock.now(),
        parts: [{ kind: 'text', text: 'hällo + & =' }],
        details: { fromState: 'DC', fromCountry: 'US' },
      },
    ]);
    expect(posted).toMatchObject({ status: 200, attempts: 1, body: '<Response/>' });
  });

  it('says who wrote, what it answers and which button was pressed', async () => {
    const extra = {
      ProfileName: 'Ann',
      WaId: '12025550123',
      ButtonText: 'Yes',
      ButtonPayload: 'yes-1',
      OriginalRepliedMessageSid: `SM${'1'.repeat(32)}`,
      Unknown: 'new parameters come without notice',
    };
    await write('Yes', extra, `whatsapp:${ann}`, 'whatsapp:+12025550100');
    expect(message()).toMatchObject({
      sender: `whatsapp:${ann}`,
      recipient: 'whatsapp:+12025550100',
      replyTo: `SM${'1'.repeat(32)}`,
      details: { profileName: 'Ann', waId: '12025550123', buttonText: 'Yes', buttonPayload: 'yes-1' },
    });
  });

  it('that is only a place becomes a text', async () => {
    await write('', { Latitude: '52.5', Longitude: '13.4', Label: 'Cafe', Address: 'Main St 1' });
    expect(message()).toMatchObject({
      parts: [{ kind: 'text', text: 'Cafe\nMain St 1\ngeo:52.5,13.4' }],
      details: { latitude: '52.5', longitude: '13.4', label: 'Cafe', address: 'Main St 1' },
    });
  });

  it('brings its files as places to fetch them from', async () => {
    const files = [{ contentType: 'image/png', bytes: Buffer.from('1') }];
    const { message: written } = await world.simulator.receive({ from: ann, to: own, files });
    const url = `${world.simulator.url}/2010-04-01/Accounts/${world.config.accountSid}/Messages/${written.sid}/Media/${written.files[0]?.sid}`;
    expect(message().parts).toEqual([
      { kind: 'media', contentType: 'image/png', filename: null, source: { url, message: written.sid } },
    ]);
  });

  it('comes in from a number that no parser would take', async () => {
    await write('hello', {}, '+999123');
    expect(message().sender).toBe('+999123');
  });

  it('of STOP and START says what the person wants, before it shows the words', async () => {
    await write('stop');
    await write('START');
    await write('HELP');
    expect(events().map((event) => (event.type === 'consent' ? event.state : event.type))).toEqual([
      'stop',
      'message',
      'start',
      'message',
      'message',
    ]);
  });

  it('of START counts without Advanced Opt-Out, too, which would have said so', async () => {
    await post({ MessageSid: 'SM1', From: ann, To: own, Body: ' yes ' });
    expect(events()[0]).toMatchObject({ type: 'consent', state: 'start' });
  });
});

describe('A post', () => {
  const form = { MessageSid: 'SM1', From: ann, To: own, Body: 'hello' };

  it('that is not signed for this sender is refused, and nothing of it is taken in', async () => {
    for (const signature of ['', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=', signForm('other', 'x', new URLSearchParams(form))]) {
      expect((await post(form, { signature })).status).toBe(403);
    }
    expect((await post(form, { method: 'GET' })).status).toBe(405);
    expect(events()).toEqual([]);
  });

  it('about another account is refused', async () => {
    expect((await post({ ...form, AccountSid: `AC${'9'.repeat(32)}` })).status).toBe(403);
    expect(events()).toEqual([]);
  });

  it('that says nothing is taken, and changes nothing', async () => {
    expect((await post({})).status).toBe(200);
    expect((await post({ MessageStatus: 'sent' })).status).toBe(204);
    expect((await post({ MessageStatus: 'nonsense', MessageSid: 'SM1' })).status).toBe(204);
    expect((await post({ ...form, NumMedia: '999999999' })).status).toBe(200);
    expect(events()).toHaveLength(1);
  });
});
