import { describe, expect, it } from 'vitest';
import { ContentTemplate, ContentTemplateVariable } from './content-template.ts';

describe('ContentTemplate', () => {
  it('shows places and forms of a template', () => {
    const template = new ContentTemplate({
      sid: `HX${'1'.repeat(32)}`,
      friendlyName: null,
      variables: { 1: 'Ann' },
      variants: {
        'twilio/text': { type: 'text', body: 'Hi {{1}}', rawData: '{"body":"Hi {{1}}"}' },
        'twilio/card': { type: 'card', title: '{{1}}', media: [], actions: [], rawData: '{"title":"{{1}}"}' },
      },
      dateCreated: 1000,
      dateUpdated: 2000,
    });
    expect(template).toMatchObject({ friendlyName: '', variables: [{ name: '1', value: 'Ann' }] });
    expect([...template.variants.keys()]).toEqual(['twilio/text', 'twilio/card']);
    expect(template.variants.get('twilio/text')).toMatchObject({ type: 'text', body: 'Hi {{1}}' });
    expect([template.dateCreated.getTime(), template.dateUpdated.getTime()]).toEqual([1000, 2000]);
  });

  it('has variables that are copied with another value', () => {
    const variable = new ContentTemplateVariable('1', 'Ann');
    expect(variable.copyWithValue('Ben')).toEqual(new ContentTemplateVariable('1', 'Ben'));
    expect(variable.value).toBe('Ann');
  });
});
