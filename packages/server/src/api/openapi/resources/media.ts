import { atRoot, fetches, posts, type ResourceDescription, withoutCredentials } from '../describe.ts';
import { choice, integer, many, object, required, text } from '../fields.ts';

export const media: ResourceDescription = {
  name: 'Media',
  about:
    'Files for messages: uploaded first, then named by the message. One that no message names is soon removed. App users come with their access token in X-Twilio-Token.',
  errors: 'MediaError',
  endpoints: [
    atRoot('/v1/Services/{ServiceSid}/Media', {
      POST: {
        ...posts(201, 'Media', 'Uploads a file: its bytes as they are, or a form with one file.', {
          raw: true,
          query: {
            Filename: text('Name of the file.'),
            Category: choice(['media', 'body', 'history'], 'What it is for; media when left out.'),
          },
        }),
        headers: {},
      },
    }),
    atRoot('/v1/Services/{ServiceSid}/Media/{Sid}', { GET: fetches('Media', 'Fetches what is known of a file.') }),
    atRoot('/v1/Services/{ServiceSid}/Media/{Sid}/Content', {
      GET: { ...fetches('Media', 'Fetches the bytes of a file.'), answers: [{ status: 200, type: '*/*' }] },
    }),
    atRoot('/v1/Services/{ServiceSid}/MediaSet', {
      POST: {
        ...posts(200, 'MediaSetEntry', 'Fetches what is known of several files.', {
          json: {
            command: required(choice(['get'], '')),
            list: required(many(object({ media_sid: required(text('')) }, 'At most 100.'))),
          },
        }),
        headers: {},
        answers: [{ status: 200, schema: 'MediaSetEntry', isArray: true }],
      },
    }),
    atRoot('/v1/x/media/{Sid}', {
      GET: withoutCredentials({
        ...fetches('Media', 'Fetches the bytes of a file by the temporary link that another answer gave.', {
          query: { expires: integer('Until when it is good.'), signature: text('What makes it good.') },
        }),
        answers: [{ status: 200, type: '*/*' }],
      }),
    }),
  ],
};
