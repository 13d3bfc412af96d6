import fc from 'fast-check';
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

describe('Whatever comes', () => {
  const good = text('wamid.good', 'good');
  const template = bodyOf(
    about({
      contacts: [{ profile: { name: 'Ann' }, wa_id: '12025550123', user_id: 'US.1' }],
      messages: [
        text('wamid.1', 'x', { context: { id: 'wamid.0' }, referral: { headline: 'x' } }),
        {
          ...text('wamid.2', ''),
          type: 'image',
          image: { id: '1', mime_type: 'image/png', sha256: 'x', caption: 'c' },
        },
        {
          ...text('wamid.3', ''),
          type: 'interactive',
          interactive: { type: 'list_reply', list_reply: { id: '1', title: 't' } },
        },
        {
          ...text('wamid.4', ''),
          type: 'contacts',
          contacts: [{ name: { formatted_name: 'B' }, phones: [{ phone: '1' }] }],
        },
        { ...text('wamid.5', ''), type: 'order', order: { product_items: [{ quantity: 1 }] } },
        {
          ...text('wamid.6', ''),
          type: 'system',
          system: { body: 'b', wa_id: '12025550124', type: 'user_changed_number' },
        },
        { ...text('wamid.7', ''), type: 'reaction', reaction: { message_id: 'wamid.0', emoji: '👍' } },
        {
          ...text('wamid.8', ''),
          type: 'edit',
          edit: { original_message_id: 'a', message: { type: 'text', text: { body: 'b' } } },
        },
      ],
      statuses: [
        { id: 'wamid.9', status: 'failed', timestamp: '1', errors: [{ code: 131026, error_data: { details: 'x' } }] },
      ],
    }),
  );

  /** Puts something else in the place of one value anywhere in it. */
  function spoil(value: unknown, path: readonly number[], other: unknown): unknown {
    const [step = 0, ...rest] = path;
    if (path.length === 0 || typeof value !== 'object' || value === null) return other;
    const keys = Object.keys(value);
    const key = keys[step % Math.max(keys.length, 1)];
    if (key === undefined) return other;
    const spoiled = spoil((value as Record<string, unknown>)[key], rest, other);
    if (Array.isArray(value)) return value.map((one, at) => (String(at) === key ? spoiled : one));
    return { ...value, [key]: spoiled };
  }

  it('is answered, never with an error of ours, and the good message beside it is reported', async () => {
    const anything = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom(null, '', 0, -1, [], {}, '__proto__', 1e300),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.array(fc.nat(20), { minLength: 3, maxLength: 9 }), anything), { maxLength: 6 }),
        async (changes) => {
          const spoiled = changes.reduce((body: unknown, [path, other]) => spoil(body, path, other), template);
          const entry = (spoiled as typeof template).entry;
          const body = {
            object: 'whatsapp_business_account',
            entry: [...(Array.isArray(entry) ? entry : []), ...bodyOf(about({ messages: [good] })).entry],
          };
          const { status, events } = await post(body);
          expect(status).toBe(200);
          expect(events).toContainEqual(expect.objectContaining({ eventId: 'wamid.good' }));
          for (const event of events) expect(JSON.parse(JSON.stringify(event))).toMatchObject({ type: event.type });
        },
      ),
      { numRuns: 500 },
    );
  });

  const known = [
    'text',
    'image',
    'interactive',
    'button',
    'reaction',
    'location',
    'contacts',
    'order',
    'system',
    'edit',
  ];
  const types = fc.oneof(fc.string(), fc.constantFrom(...known, 'revoke', 'unsupported', 'request_welcome'));
  const names = fc.oneof(fc.string(), fc.constantFrom(...known, 'context', 'timestamp', 'errors'));

  it('loses no message that says who it is and from whom, whatever else is wrong with it', async () => {
    await fc.assert(
      fc.asyncProperty(types, fc.dictionary(names, fc.jsonValue({ maxDepth: 3 })), async (type, more) => {
        const message = { ...more, id: 'wamid.1', from: '12025550123', ...(type !== '' && { type }) };
        const { status, events } = await post(bodyOf(about({ messages: [message] })));
        expect(status).toBe(200);
        expect(events).toHaveLength(1);
        const [event] = events as InboundMessage[];
        expect(event?.reaction !== undefined || (event?.parts.length ?? 0) > 0, JSON.stringify(event)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('is answered with 400 where it is no JSON, though it is signed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.json().map((json) => json.slice(0, -1)),
        ),
        async (body) => {
          expect((await post(body)).status).toBeLessThan(500);
        },
      ),
    );
    expect((await post('{"object":')).status).toBe(400);
    expect((await post('[]')).status).toBe(400);
  });
});
