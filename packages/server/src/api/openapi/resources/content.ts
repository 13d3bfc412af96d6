import { atRoot, fetches, lists, posts, type ResourceDescription, removes } from '../describe.ts';
import { anyObject, choice, flag, integer, required, text } from '../fields.ts';

export const content: ResourceDescription = {
  name: 'Content templates',
  about: 'Texts with places that each message fills. Bodies are JSON.',
  endpoints: [
    atRoot('/v1/Content', {
      GET: lists('Content', 'contents', 100, 'Lists the templates.'),
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
    atRoot('/v1/Content/{Sid}/ApprovalRequests', {
      GET: fetches('ContentApprovals', 'Fetches whether a template was handed in for approval.'),
    }),
    atRoot('/v1/Content/{Sid}/ApprovalRequests/whatsapp', {
      POST: posts(201, 'ContentApproval', 'Hands a template in for approval, which is kept and goes nowhere.', {
        json: {
          name: required(text('1 to 512 of a to z, 0 to 9 and _.')),
          category: required(choice(['UTILITY', 'MARKETING', 'AUTHENTICATION'], 'What it is for.')),
          allow_category_change: flag('Whether another category may be given to it; true when left out.'),
          send_ttl_seconds: integer('How long a message of it may be tried, in seconds.', { min: 0, max: 2 ** 31 - 1 }),
        },
      }),
    }),
    atRoot('/v1/x/conversations/{ConversationSid}/messages/{Sid}/content', {
      GET: fetches('RichContent', 'Fetches what a message made from a template shows beyond its text. An extension.'),
    }),
  ],
};
