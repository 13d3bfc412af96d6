import { atRoot, fetches, lists, posts, type ResourceDescription, removes } from '../describe.ts';
import { anyObject, required, text } from '../fields.ts';

export const content: ResourceDescription = {
  name: 'Content templates',
  about: 'Texts with places that each message fills. Bodies are JSON.',
  endpoints: [
    atRoot('/v1/Content', {
      GET: lists('Content', 'contents', 500, 'Lists the templates.'),
      POST: posts(201, 'Content', 'Creates a template.', {
        json: {
          friendly_name: text('Name for people.', 'friendlyName'),
          language: required(text('Of its texts, for example en.')),
          variables: anyObject('What fills a place for which a message gives nothing.'),
          types: required(anyObject('What it is made of, by type: for example twilio/text with a body.')),
        },
      }),
    }),
    atRoot('/v1/Content/{Sid}', {
      GET: fetches('Content', 'Fetches a template.'),
      DELETE: removes('Removes a template.'),
    }),
  ],
};
