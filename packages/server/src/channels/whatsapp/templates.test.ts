import type { WhatsAppTemplate } from '@colloquy/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RichPart } from '../message.ts';
import { messageOf, openSendWorld, richOf, type SendWorld } from './send-world.ts';

let world: SendWorld;
beforeEach(async () => {
  world = await openSendWorld();
});
afterEach(() => world.close());

const quickReply = { body: 'Is it here?', actions: [{ title: 'Yes', id: 'y' }] };

function register(template: Partial<WhatsAppTemplate>): void {
  const components = [{ type: 'BODY', text: 'Your parcel {{2}} is here, {{1}}.' }];
  world.simulator.world.templates.push({
    ...{ name: 'parcel', language: 'en', status: 'APPROVED', category: 'UTILITY', components },
    ...template,
  });
}
async function send(more: Partial<RichPart> = {}) {
  const rich = richOf('twilio/text', { body: 'x' }, { name: 'parcel', variables: { 1: 'Ann', 2: 'A7' }, ...more });
  const { results } = await world.send(messageOf('x', { rich }));
  return results[0];
}
const sent = () => world.posted().map((body) => body['template'] ?? body['type']);
const text = (value: string) => ({ type: 'text', text: value });
const body = (...values: string[]) => ({ type: 'body', parameters: values.map(text) });
const closeWindow = () => world.phone.state.wrote.clear();

describe('A template that Meta has approved under the same name', () => {
  it('is sent as that, outside the window too, with its variables in the order of their numbers', async () => {
    register({});
    closeWindow();
    expect(await send()).toMatchObject({ outcome: 'accepted' });
    expect(sent()).toEqual([{ name: 'parcel', language: { code: 'en' }, components: [body('Ann', 'A7')] }]);
    expect(world.phone.received).toHaveLength(1);
  });

  it('may have placeholders that are words', async () => {
    register({ parameter_format: 'NAMED', components: [{ type: 'BODY', text: '{{parcel}} for {{name}}' }] });
    expect(await send({ variables: { name: 'Ann', parcel: 'A7', more: 'x' } })).toMatchObject({ outcome: 'accepted' });
    expect(sent()).toMatchObject([
      {
        components: [
          {
            parameters: [
              { parameter_name: 'parcel', text: 'A7' },
              { parameter_name: 'name', text: 'Ann' },
            ],
          },
        ],
      },
    ]);
  });

  it('may have a header and buttons, with variables of their own', async () => {
    register({
      components: [
        { type: 'HEADER', format: 'TEXT', text: 'Hello {{1}}' },
        { type: 'BODY', text: 'Parcel {{1}}' },
        { type: 'FOOTER', text: 'Shop' },
        {
          type: 'BUTTONS',
          buttons: [
            { type: 'QUICK_REPLY', text: 'Yes' },
            { type: 'URL', text: 'Track', url: 'https://example.com/{{1}}' },
            { type: 'PHONE_NUMBER', text: 'Call', phone_number: '+1' },
          ],
        },
      ],
    });
    const variables = { 1: 'A7', header_1: 'Ann', button_1_1: 'track/A7' };
    await send({ type: 'twilio/quick-reply', content: quickReply, variables });
    expect(sent()).toMatchObject([
      {
        components: [
          { type: 'header', parameters: [text('Ann')] },
          body('A7'),
          { type: 'button', sub_type: 'quick_reply', index: '0', parameters: [{ type: 'payload', payload: 'y' }] },
          { type: 'button', sub_type: 'url', index: '1', parameters: [text('track/A7')] },
        ],
      },
    ]);
  });

  it('may have a picture above, which is the first of the content', async () => {
    register({
      components: [
        { type: 'HEADER', format: 'IMAGE' },
        { type: 'BODY', text: 'Hi' },
      ],
    });
    const media = ['https://example.com/a.png'];
    expect(await send({ type: 'twilio/media', content: { media } })).toMatchObject({ outcome: 'accepted' });
    expect(sent()).toMatchObject([
      { components: [{ type: 'header', parameters: [{ type: 'image', image: { link: media[0] } }] }] },
    ]);
  });

  it('may be in another language of the same kind', async () => {
    register({ language: 'en_US' });
    register({ language: 'de' });
    await send();
    expect(sent()).toMatchObject([{ language: { code: 'en_US' } }]);
  });

  it('is not sent without what it needs', async () => {
    register({});
    expect(await send({ variables: { 1: 'Ann' } })).toMatchObject({
      outcome: 'rejected',
      error: {
        kind: 'bad-content',
        receiptCode: 63028,
        message: 'The template parcel needs {{2}}, which the message does not have.',
      },
    });
    expect(sent()).toEqual([]);
  });

  it('has no line breaks in its variables, which Meta refuses', async () => {
    register({});
    expect(await send({ variables: { 1: 'Ann\nB.', 2: 'A7\t      x' } })).toMatchObject({ outcome: 'accepted' });
    expect(sent()).toMatchObject([{ components: [body('Ann B.', 'A7    x')] }]);
  });

  it('is looked for once in ten minutes, and again when Meta says that something changed', async () => {
    const asked = () => world.simulator.journal.filter(({ path }) => path.includes('message_templates')).length;
    await send();
    await send();
    expect([asked(), sent()]).toEqual([1, ['text', 'text']]);
    register({});
    world.clock.advance(10 * 60 * 1000);
    await send();
    expect([asked(), sent().length]).toEqual([2, 3]);
    expect(sent()[2]).toMatchObject({ name: 'parcel' });
  });
});

describe('A template that Meta does not have', () => {
  it.each([
    ['is not there', () => {}],
    ['is not approved', () => register({ status: 'PENDING' })],
    ['is paused', () => register({ status: 'PAUSED' })],
    ['cannot be asked for', () => world.simulator.break({ api: 'templates', kind: { code: 200 } })],
  ])('since it %s, is what can be sent within the window', async (_why, prepare) => {
    prepare();
    await send({ type: 'twilio/quick-reply', content: quickReply });
    expect(sent()).toEqual(['interactive']);
  });

  it('waits when Meta does not answer, since it may be there', async () => {
    for (const kind of ['cut', { http: 502 }, { code: 80007 }] as const) {
      world.simulator.break({ api: 'templates', kind });
      expect(await send()).toMatchObject({ outcome: 'rejected', error: { kind: 'temporary' } });
    }
    expect(sent()).toEqual([]);
  });
});

describe('A template that is configured', () => {
  it('is not one whose name every object has', async () => {
    await send({ name: 'constructor' });
    expect(sent()).toEqual(['text']);
  });

  it('goes under the name that it has at Meta, whatever it is called here', async () => {
    await world.close();
    world = await openSendWorld({ templates: { HX1: 'parcel/en_GB', greeting: 'hello_world' } });
    register({ language: 'en_GB' });
    register({ name: 'hello_world', language: 'en', components: [{ type: 'BODY', text: 'Hi!' }] });
    closeWindow();
    await send({ name: 'Parcel has come' });
    await send({ template: 'HX2', name: 'greeting' });
    expect(sent()).toMatchObject([
      { name: 'parcel', language: { code: 'en_GB' }, components: [body('Ann', 'A7')] },
      { name: 'hello_world', language: { code: 'en' }, components: [] },
    ]);
  });

  it('is refused by Meta where it is not there, and where that cannot be asked the variables are those of its body', async () => {
    await world.close();
    world = await openSendWorld({ templates: { HX1: 'parcel' } });
    expect(await send()).toMatchObject({ error: { kind: 'bad-content', receiptCode: 63027 } });
    world.clock.advance(10 * 60 * 1000);
    register({});
    world.simulator.break({ api: 'templates', kind: { code: 10 } });
    expect(await send()).toMatchObject({ outcome: 'accepted' });
    expect(sent()[1]).toMatchObject({ components: [body('Ann', 'A7')] });
    register({ status: 'PAUSED' });
  });
});
