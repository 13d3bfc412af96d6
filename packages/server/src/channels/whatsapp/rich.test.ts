import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shownTypeNames } from '../../core/content/types.ts';
import { fileOf, messageOf, openSendWorld, richOf, type SendWorld } from './send-world.ts';

let world: SendWorld;
beforeEach(async () => {
  world = await openSendWorld();
});
afterEach(() => world.close());

/** @returns what people do not get as it was written */
async function send(
  type: string,
  content: Record<string, unknown>,
  text = 'Tea or coffee?',
): Promise<readonly string[]> {
  const { results, changes } = await world.send(messageOf(text, { rich: richOf(type, content) }));
  for (const result of results)
    expect(result, JSON.stringify(world.posted().at(-1))).toMatchObject({ outcome: 'accepted' });
  return changes;
}
const replies = (count: number) => Array.from({ length: count }, (_, at) => ({ title: `Answer ${at}`, id: `a${at}` }));
const interactive = () => world.posted().map((body) => body['interactive']);
const texts = () => world.phone.received.map(({ text }) => text);
const body = 'Tea or coffee?';

describe('Answers to tap', () => {
  it('are buttons, up to three of them', async () => {
    expect(
      await send('twilio/quick-reply', { body, actions: [{ title: 'Tea', id: 't' }, { title: 'Coffee' }] }),
    ).toEqual([]);
    const buttons = [
      { type: 'reply', reply: { id: 't', title: 'Tea' } },
      { type: 'reply', reply: { id: 'Coffee', title: 'Coffee' } },
    ];
    expect(interactive()).toEqual([{ type: 'button', body: { text: body }, action: { buttons } }]);
  });

  it('are a list, where there are more', async () => {
    const changes = await send('twilio/quick-reply', { body, actions: replies(4) });
    expect(changes).toEqual(['WhatsApp has 3 buttons at most: the 4 answers are a list.']);
    const rows = [0, 1, 2, 3].map((at) => ({ id: `a${at}`, title: `Answer ${at}` }));
    expect(interactive()).toEqual([
      { type: 'list', body: { text: body }, action: { button: 'Options', sections: [{ rows }] } },
    ]);
  });

  it('of the same words and ids are told apart, and long ones are cut', async () => {
    const long = 'x'.repeat(300);
    const changes = await send('twilio/quick-reply', { body, actions: [{ title: long }, { title: long }] });
    expect(changes).toEqual(Array(2).fill(`The button "${long}" is cut to 20 characters.`));
    const [shown] = interactive() as { action: { buttons: { reply: { id: string; title: string } }[] } }[];
    expect(shown?.action.buttons.map(({ reply }) => [reply.id.length, reply.title])).toEqual([
      [256, `${'x'.repeat(19)}…`],
      [254, `${'x'.repeat(19)}…`],
    ]);
  });

  it('of a list have descriptions', async () => {
    const items = [{ id: 't', item: 'Tea', description: 'Green' }];
    expect(await send('twilio/list-picker', { body, button: 'Choose', items })).toEqual([]);
    const rows = [{ id: 't', title: 'Tea', description: 'Green' }];
    expect(interactive()).toMatchObject([{ type: 'list', action: { button: 'Choose', sections: [{ rows }] } }]);
  });

  it('below a text that is too long for them are lines of it', async () => {
    const long = 'word '.repeat(300).trim();
    const changes = await send('twilio/quick-reply', { body: long, actions: replies(2) }, long);
    expect(texts()).toEqual([`${long}\nAnswer 0\nAnswer 1`]);
    expect(changes).toEqual([
      'WhatsApp does not show this as twilio/quick-reply: people get the text and what belongs to it, a line each.',
    ]);
  });
});

describe('Links', () => {
  const url = { type: 'URL', title: 'Order', url: 'https://example.com/' };
  const phone = { type: 'PHONE_NUMBER', title: 'Call', phone: '+12025550100' };

  it('are a button where there is one', async () => {
    expect(await send('twilio/call-to-action', { body, actions: [url] })).toEqual([]);
    const parameters = { display_text: 'Order', url: 'https://example.com/' };
    expect(interactive()).toEqual([{ type: 'cta_url', body: { text: body }, action: { name: 'cta_url', parameters } }]);
  });

  it('are lines where there are more, or a number to call', async () => {
    expect(await send('twilio/call-to-action', { body, actions: [url, phone] })).toHaveLength(1);
    expect(await send('twilio/call-to-action', { body, actions: [phone] })).toHaveLength(1);
    expect(texts()).toEqual([
      `${body}\nOrder: https://example.com/\nCall: +12025550100`,
      `${body}\nCall: +12025550100`,
    ]);
  });
});

describe('Other things', () => {
  it('are a place', async () => {
    expect(await send('twilio/location', { latitude: '52.5', longitude: 13.4, label: 'Home' })).toEqual([]);
    expect(world.posted()[0]).toMatchObject({
      type: 'location',
      location: { latitude: 52.5, longitude: 13.4, name: 'Home' },
    });
    await send('twilio/location', { latitude: '{{1}}', longitude: 13.4 }, '{{1}}, 13.4');
    expect(texts()).toEqual([null, '{{1}}, 13.4']);
  });

  it('are a file somewhere on the web', async () => {
    expect(await send('twilio/media', { body, media: ['https://example.com/a.png?x=1'] })).toEqual([]);
    expect(world.posted()[0]).toMatchObject({ image: { link: 'https://example.com/a.png?x=1', caption: body } });
    await send('twilio/media', { body, media: ['https://example.com/1', 'https://example.com/2'] });
    expect(texts().at(-1)).toBe(`${body}\nhttps://example.com/1\nhttps://example.com/2`);
  });

  it('are a card with a picture above its buttons', async () => {
    const card = { title: 'Tea', subtitle: 'Green', media: ['https://example.com/a.png'] };
    const actions = [{ type: 'QUICK_REPLY', title: 'Yes', id: 'y' }];
    expect(await send('twilio/card', { ...card, actions })).toEqual([]);
    expect(interactive()).toMatchObject([
      { type: 'button', header: { type: 'image', image: { link: card.media[0] } }, body: { text: 'Tea\nGreen' } },
    ]);
    const mixed = [...actions, { type: 'URL', title: 'More', url: 'https://example.com/' }];
    expect(await send('twilio/card', { ...card, actions: mixed }, 'Tea\nGreen')).toHaveLength(1);
    expect(texts().at(-1)).toBe('Tea\nGreen\nYes\nMore: https://example.com/\nhttps://example.com/a.png');
  });

  it('are followed by the files of the message, where they cannot have them', async () => {
    const rich = richOf('twilio/quick-reply', { body, actions: replies(1) });
    await world.send(messageOf(body, { rich, parts: [{ kind: 'text', text: body }, fileOf('image/png')] }));
    expect(world.phone.received.map(({ type }) => type)).toEqual(['interactive', 'image']);
  });

  it('are a text, with the files of the message after it', async () => {
    const rich = richOf('twilio/text', { body });
    const { changes } = await world.send(
      messageOf(body, { rich, parts: [{ kind: 'text', text: body }, fileOf('image/png')] }),
    );
    expect(changes).toEqual([]);
    expect(world.phone.received).toMatchObject([{ type: 'image', text: body }]);
  });
});

it('Whatever a template says is taken by WhatsApp, in one way or another, and none of its words is lost', async () => {
  const words = fc.string({ minLength: 1, maxLength: 1500, unit: 'grapheme' }).filter((text) => text.trim() === text);
  const short = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter((text) => text.trim() === text);
  const url = fc.constantFrom('https://example.com/a.png', 'https://example.com/b', 'http://example.com/c.pdf');
  const action = fc.record(
    { type: fc.constantFrom('QUICK_REPLY', 'URL', 'PHONE_NUMBER'), title: short, id: short, url, phone: short },
    { requiredKeys: ['title'] },
  );
  const item = fc.record({ id: short, item: short, description: short }, { requiredKeys: ['id', 'item'] });
  const content = fc.record({
    body: words,
    title: words,
    button: short,
    actions: fc.array(action, { minLength: 1, maxLength: 12 }),
    items: fc.array(item, { minLength: 1, maxLength: 12 }),
    media: fc.array(url, { maxLength: 3 }),
    latitude: fc.double({ noNaN: true, min: -200, max: 200 }),
    longitude: fc.double({ noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...shownTypeNames), content, async (type, given) => {
      world.phone.state.received.length = 0;
      const text = type === 'twilio/card' ? given.title : given.body;
      await send(type, given, text);
      const shown = JSON.stringify(world.phone.received.map(({ body: sent }) => sent)).replace(/\s|\\n/g, '');
      if (type !== 'twilio/location')
        expect(shown).toContain(JSON.stringify(text).slice(1, -1).slice(0, 200).replace(/\s/g, ''));
    }),
    { numRuns: 200 },
  );
});
