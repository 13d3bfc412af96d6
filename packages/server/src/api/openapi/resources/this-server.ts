import { atRoot, fetches, type ResourceDescription, withoutCredentials } from '../describe.ts';

export const thisServer: ResourceDescription = {
  name: 'This server',
  about: 'Whether it runs, and what it can do. None of this needs credentials.',
  endpoints: [
    atRoot('/health', {
      GET: withoutCredentials({
        ...fetches('Health', 'Tells whether the server takes requests.'),
        answers: [
          { status: 200, schema: 'Health' },
          { status: 503, schema: 'Health' },
        ],
      }),
    }),
    atRoot('/openapi.json', {
      GET: withoutCredentials({
        ...fetches('Health', 'Describes the API to programs: OpenAPI 3.1.'),
        answers: [{ status: 200, type: 'application/json' }],
      }),
    }),
    atRoot('/docs', {
      GET: withoutCredentials({
        ...fetches('Health', 'Describes the API to people: a page.'),
        answers: [{ status: 200, type: 'text/html' }],
      }),
    }),
  ],
};
