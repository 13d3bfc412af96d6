import { expect, it } from 'vitest';
import { connected } from '../testing/start.ts';
import { ContentTemplate } from './content-template.ts';

it('All content templates are there, however many pages they fill.', async () => {
  const { client, server, asked } = await connected();
  for (let n = 0; n < 250; n += 1) {
    server.templates.push({
      sid: `HX${String(n).padStart(32, '0')}`,
      friendlyName: `template ${n}`,
      variables: { name: 'you' },
      variants: { 'twilio/text': { type: 'text', body: 'Hello {{name}}', rawData: '{"body":"Hello {{name}}"}' } },
      dateCreated: n,
      dateUpdated: n,
    });
  }
  const templates = await client.getContentTemplates();
  expect(templates.map(({ friendlyName }) => friendlyName)).toEqual(
    server.templates.map(({ friendlyName }) => friendlyName),
  );
  expect(templates[0]).toBeInstanceOf(ContentTemplate);
  expect(templates[0]?.variables[0]?.copyWithValue('Ann')).toEqual({ name: 'name', value: 'Ann' });
  expect(asked('content.list')).toHaveLength(3);
});
