import { atRoot, fetches, posts, type ResourceDescription } from '../describe.ts';
import { choice, text } from '../fields.ts';

export const media: ResourceDescription = {
  name: 'Media',
  about: 'Files for messages: uploaded first, then named by the message. One that no message names is soon removed.',
  endpoints: [
    atRoot('/v1/Services/{ServiceSid}/Media', {
      POST: posts(201, 'Media', 'Uploads a file: its bytes as they are, or a form with one file.', {
        raw: true,
        query: {
          Filename: text('Name of the file.'),
          Category: choice(['media', 'body', 'history'], 'What it is for; media when left out.'),
        },
      }),
    }),
    atRoot('/v1/Services/{ServiceSid}/Media/{Sid}', { GET: fetches('Media', 'Fetches what is known of a file.') }),
    atRoot('/v1/Services/{ServiceSid}/Media/{Sid}/Content', {
      GET: { ...fetches('Media', 'Fetches the bytes of a file.'), answers: [{ status: 200, type: '*/*' }] },
    }),
  ],
};
