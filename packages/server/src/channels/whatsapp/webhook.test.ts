import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InboundStatus } from '../events.ts';
import { about, bodyOf, openWebhookWorld, signed, testConfig, text, type WebhookWorld } from './webhook-world.ts';

let world: WebhookWorld;
let post: WebhookWorld['post'];
beforeEach(() => {
  world = openWebhookWorld();
  post = world.post;
});
afterEach(() => world.host.close());

describe('The handshake', () => {
  const right = { 'hub.mode': 'subscribe', 'hub.verify_token': 'verify me', 'hub.challenge': '1158201444' };

  it('gives the challenge back as plain text', async () => {
    expect(await world.get(right)).toMatchObject({
      status: 200,
      body: '1158201444',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
  });

  it.each([
    [{ ...right, 'hub.verify_token': 'verify you' }, 403],
    [{ ...right, 'hub.verify_token': '' }, 403],
    [{ ...right, 'hub.mode': 'unsubscribe' }, 403],
    [{ ...right, 'hub.challenge': '<script>' }, 400],
    [{}, 403],
  ])('refuses %j', async (query, status) => {
    const answer = await world.get(query as Record<string, string>);
    expect(answer.status).toBe(status);
    expect(answer.body).not.toContain('1158201444');
  });
});

describe('The signature', () => {
  // As Meta writes it: what is not ASCII is escaped, and slashes are.
  const body = JSON.stringify(bodyOf(about({ messages: [text('wamid.1', 'https://x é')] })))
    .replaceAll('/', '\\/')
    .replace('é', '\\u00e9');

  it('is made over the bytes as they came', async () => {
    const { status, events } = await post(body);
    expect([status, events]).toMatchObject([200, [{ parts: [{ text: 'https://x é' }] }]]);
    const again = JSON.stringify(JSON.parse(body));
    expect((await post(again, { 'x-hub-signature-256': signed(Buffer.from(body)) })).status).toBe(401);
  });

  it.each([
    ['missing', {}],
    ['empty', { 'x-hub-signature-256': '' }],
    ['of another app', { 'x-hub-signature-256': signed(Buffer.from(body), 'another secret') }],
    ['of another body', { 'x-hub-signature-256': signed(Buffer.from(`${body} `)) }],
    ['too short', { 'x-hub-signature-256': signed(Buffer.from(body)).slice(0, -2) }],
    ['without its name', { 'x-hub-signature-256': signed(Buffer.from(body)).slice(7) }],
    ['of the older kind', { 'x-hub-signature': signed(Buffer.from(body)) }],
  ])('that is %s is answered with 401, and nothing is reported', async (_what, headers) => {
    const answer = await post(body, headers as Record<string, string>);
    expect([answer.status, answer.events]).toEqual([401, []]);
  });
});

describe('A batch', () => {
  it('is walked whole: entries, changes, messages, statuses', async () => {
    const status = (id: string, name: string) => ({ id, status: name, timestamp: '1', recipient_id: '12025550123' });
    const { events } = await post({
      object: 'whatsapp_business_account',
      entry: [
        ...bodyOf(
          about({ messages: [text('a', '1'), text('b', '2')] }),
          about({ statuses: [status('c', 'sent'), status('c', 'delivered')] }),
        ).entry,
        ...bodyOf(about({ messages: [text('d', '3')], statuses: [status('e', 'read')] })).entry,
      ],
    });
    expect(events.map((event) => (event.type === 'consent' ? '' : event.eventId))).toEqual([
      'a',
      'b',
      'c sent',
      'c delivered',
      'd',
      'e read',
    ]);
  });

  it('that is about something else is taken and does nothing', async () => {
    const news = { field: 'message_template_status_update', value: { event: 'APPROVED' } };
    const account = { object: 'whatsapp_business_account', entry: [{ id: '1', changes: [news] }] };
    for (const body of [account, { object: 'page', entry: [] }, { object: 'whatsapp_business_account' }]) {
      expect(await post(body)).toMatchObject({ status: 200, events: [] });
    }
  });

  it('shows in the health when Meta disables the account, and when it is back', async () => {
    const news = (state: string, id = testConfig().businessAccountId) => ({
      object: 'whatsapp_business_account',
      entry: [
        {
          id,
          changes: [
            { field: 'account_update', value: { event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: state } } },
          ],
        },
      ],
    });
    await post(news('DISABLE', '1'));
    expect(world.channel.health()).toEqual({ state: 'up' });
    await post(news('DISABLE'));
    expect(world.channel.health()).toMatchObject({ state: 'down' });
    await post(news('REINSTATE'));
    expect(world.channel.health()).toEqual({ state: 'up' });
  });

  it('that cannot be noted now is answered with 503, so that it comes again', async () => {
    world.host.note = () => Promise.reject(new Error('The disk is full.'));
    const contacts = [{ wa_id: '12025550123', user_id: 'US.1' }];
    const answer = await post(bodyOf(about({ contacts, messages: [text('a', '1')] })));
    expect(answer).toMatchObject({ status: 503, events: [] });
  });
});

describe('A status', () => {
  const report = async (status: object) => {
    const { events } = await post(bodyOf(about({ statuses: [status] })));
    return events[0] as InboundStatus | undefined;
  };

  it('names the message and the delivery, and what went wrong', async () => {
    const errors = [{ code: 131047, title: 'Re-engagement message', error_data: { details: 'More than 24 hours' } }];
    expect(
      await report({ id: 'wamid.1', status: 'failed', timestamp: '2', biz_opaque_callback_data: 'DY1', errors }),
    ).toEqual({
      type: 'status',
      eventId: 'wamid.1 failed',
      deliveryId: 'DY1',
      providerId: 'wamid.1',
      status: 'failed',
      at: 2000,
      error: {
        kind: 'window-closed',
        code: '131047',
        message: 'Re-engagement message: More than 24 hours',
        receiptCode: 63016,
      },
    });
  });

  it('that a voice message was heard is that it was read; of others nothing is made', async () => {
    expect(await report({ id: 'wamid.1', status: 'played' })).toMatchObject({ status: 'read' });
    expect(await report({ id: 'wamid.1', status: 'warning' })).toBeUndefined();
    expect(await report({ status: 'read' })).toBeUndefined();
  });
});
