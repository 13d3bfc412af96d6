import { describe, expect, it } from 'vitest';
import { shownContent } from './shown.ts';

const without = ({ rawData: _raw, ...rest }: { rawData: string }) => rest;

describe('shownContent', () => {
  it.each([
    ['twilio/text', { body: 'Hi' }, { type: 'text', body: 'Hi' }],
    ['twilio/media', { media: ['https://a'] }, { type: 'media', media: ['https://a'] }],
    [
      'twilio/location',
      { longitude: 1.5, latitude: -2, label: 'Here' },
      { type: 'location', longitude: 1.5, latitude: -2, label: 'Here' },
    ],
    [
      'twilio/quick-reply',
      { body: 'Well?', actions: [{ title: 'Yes', id: 'y' }] },
      { type: 'quickReply', body: 'Well?', replies: [{ title: 'Yes', id: 'y' }] },
    ],
    [
      'twilio/list-picker',
      { body: 'Which?', button: 'Choose', items: [{ id: '1', item: 'One', description: 'the first' }] },
      {
        type: 'listPicker',
        body: 'Which?',
        button: 'Choose',
        items: [{ id: '1', item: 'One', description: 'the first' }],
      },
    ],
    ['twilio/card', { title: 'Card' }, { type: 'card', title: 'Card', media: [], actions: [] }],
    ['whatsapp/odd', { actions: 1, type: 'text' }, { type: 'other' }],
  ])('reads %s', (type, raw, content) => {
    const parsed = shownContent(type, raw);
    expect(without(parsed)).toEqual(content);
    expect(JSON.parse(parsed.rawData)).toEqual(raw);
  });

  it.each(['twilio/call-to-action', 'twilio/card'])('reads the actions of %s', (type) => {
    const actions = [
      { type: 'URL', title: 'Open', url: 'https://a' },
      { type: 'PHONE_NUMBER', title: 'Call', phone: '+1' },
      { type: 'QUICK_REPLY', title: 'Say', id: 's' },
      { type: 'COPY_CODE', code: 'x' },
    ];
    const parsed = shownContent(type, { body: 'Act', title: 'Act', actions });
    expect(parsed).toMatchObject({
      actions: [
        { type: 'url', title: 'Open', url: 'https://a' },
        { type: 'phone', title: 'Call', phone: '+1' },
        { type: 'reply', title: 'Say', id: 's', index: 2 },
        { type: 'other', rawData: '{"type":"COPY_CODE","code":"x"}' },
      ],
    });
  });
});
