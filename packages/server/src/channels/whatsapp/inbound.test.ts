import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InboundMessage } from '../events.ts';
import { about, bodyOf, openWebhookWorld, text, type WebhookWorld } from './webhook-world.ts';

let world: WebhookWorld;
let post: WebhookWorld['post'];
beforeEach(() => {
  world = openWebhookWorld();
  post = world.post;
});
afterEach(() => world.host.close());

async function reported(message: object): Promise<InboundMessage> {
  const contacts = [{ profile: { name: 'Ann' }, wa_id: '12025550123' }];
  const { events } = await post(bodyOf(about({ contacts, messages: [message] })));
  expect(events).toHaveLength(1);
  return events[0] as InboundMessage;
}

describe('A message', () => {
  const cases: [string, object, string, object?][] = [
    ['button', { button: { text: 'Yes', payload: 'yes' } }, 'Yes', { reply: { id: 'yes', title: 'Yes' } }],
    [
      'interactive',
      { interactive: { type: 'button_reply', button_reply: { id: 'yes', title: 'Yes!' } } },
      'Yes!',
      { reply: { id: 'yes', title: 'Yes!' } },
    ],
    [
      'interactive',
      { interactive: { type: 'list_reply', list_reply: { id: 't', title: 'Tea', description: 'Green' } } },
      'Tea',
      { reply: { id: 't', title: 'Tea', description: 'Green' } },
    ],
    [
      'interactive',
      { interactive: { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: '{"a":1}' } } },
      'Sent',
      { form: { name: 'flow', response: '{"a":1}' } },
    ],
    [
      'location',
      { location: { latitude: 52.5, longitude: 13.4, name: 'Home', address: 'Street 1' } },
      'Home\nStreet 1\n52.5, 13.4',
      { location: { latitude: 52.5, longitude: 13.4, name: 'Home', address: 'Street 1' } },
    ],
    [
      'contacts',
      {
        contacts: [
          { name: { formatted_name: 'Bob' }, phones: [{ phone: '+1 202-555-0124' }], emails: [{ email: 'b@x.org' }] },
        ],
      },
      'Bob, +1 202-555-0124, b@x.org',
      { contacts: [{ name: 'Bob', phones: ['+1 202-555-0124'], emails: ['b@x.org'] }] },
    ],
    [
      'order',
      {
        order: {
          catalog_id: '7',
          text: 'please',
          product_items: [{ product_retailer_id: 'tea', quantity: 2, item_price: 3.5, currency: 'EUR' }],
        },
      },
      'please\n2 × tea (3.5 EUR each)',
      { order: { catalog: '7', items: [{ product: 'tea', quantity: '2', price: '3.5 EUR' }] } },
    ],
    [
      'unsupported',
      { unsupported: { type: 'poll_creation' }, errors: [{ code: 131051, title: 'Message type unknown' }] },
      '(a message of the type poll_creation, which WhatsApp does not pass on: Message type unknown)',
      { unsupported: { type: 'poll_creation', code: '131051', reason: 'Message type unknown' } },
    ],
    [
      'hologram',
      { hologram: { depth: 3 } },
      '(a message of the type hologram, which cannot be shown here)',
      { unknown: true },
    ],
    ['request_welcome', {}, '(opened the chat)'],
    [
      'edit',
      { edit: { original_message_id: 'wamid.0', message: { type: 'text', text: { body: 'new' } } } },
      'new',
      { edited: true },
    ],
    ['revoke', { revoke: { original_message_id: 'wamid.0' } }, '(deleted a message)', { deleted: true }],
    [
      'image',
      { image: { mime_type: 'image/png', caption: 'look' } },
      'look\n(a file of the type image that cannot be had)',
    ],
  ];
  it.each(cases)('of the type %s is not lost: %j', async (type, own, body, details = {}) => {
    const message = await reported({ ...text('wamid.1', ''), type, text: undefined, ...own });
    expect(message.parts).toEqual([{ kind: 'text', text: body }]);
    expect(message.details).toEqual({ type, name: 'Ann', ...details });
    expect(message.replyTo).toBe(type === 'edit' || type === 'revoke' ? 'wamid.0' : undefined);
  });

  it('with a file says where it is, and until when', async () => {
    const image = { id: '77', mime_type: 'image/jpeg', sha256: 'abc', caption: 'look' };
    const { parts, at } = await reported({ ...text('wamid.1', ''), type: 'image', text: undefined, image });
    const day = 24 * 60 * 60 * 1000;
    expect(parts).toEqual([
      { kind: 'text', text: 'look' },
      {
        kind: 'media',
        contentType: 'image/jpeg',
        filename: null,
        source: { id: '77', sha256: 'abc', contentType: 'image/jpeg', deadline: at + 7 * day },
      },
    ]);
  });

  it('names what it answers and how it came here', async () => {
    const message = await reported(
      text('wamid.1', 'yes', {
        context: { from: '15550783881', id: 'wamid.0', forwarded: true },
        referral: { source_url: 'https://fb.me/1', source_type: 'ad' },
      }),
    );
    expect(message).toMatchObject({
      replyTo: 'wamid.0',
      at: Date.UTC(2030, 0, 1),
      details: { forwarded: true, referral: { source_type: 'ad' } },
    });
  });

  it('keeps what is about it small, however much there is', async () => {
    const referral = { body: 'x'.repeat(10_000), source_type: 'ad' };
    const { details } = await reported(text('wamid.1', 'hello', { referral }));
    expect(details).toEqual({ type: 'text', name: 'Ann', shortened: true });
  });

  it('that only reacts has no text; an emoji that is left out takes it back', async () => {
    const reaction = (own: object) =>
      reported({ ...text('wamid.1', ''), type: 'reaction', text: undefined, reaction: own });
    expect(await reaction({ message_id: 'wamid.0', emoji: '👍' })).toMatchObject({
      parts: [],
      replyTo: 'wamid.0',
      reaction: '👍',
    });
    expect(await reaction({ message_id: 'wamid.0' })).toMatchObject({ reaction: null });
    expect(await reaction({ message_id: 'wamid.0', emoji: '' })).toMatchObject({ reaction: null });
  });

  it('is from the id of a person where there is no number', async () => {
    const contacts = [{ profile: { name: 'Ann', username: 'ann' }, user_id: 'US.1', parent_user_id: 'US.ENT.2' }];
    const messages = [{ ...text('wamid.1', 'hello'), from: undefined, from_user_id: 'US.1' }];
    const { events } = await post(bodyOf(about({ contacts, messages })));
    expect(events).toMatchObject([
      { sender: 'whatsapp:US.1', aliases: ['whatsapp:US.ENT.2'], details: { name: 'Ann', username: 'ann' } },
    ]);
  });
});
