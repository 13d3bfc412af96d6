import { atRoot, fetches, type ResourceDescription, withoutCredentials } from '../describe.ts';

export const thisServer: ResourceDescription = {
  name: 'This server',
  about: 'Whether it runs, what it can do and how it does. Only its figures need credentials.',
  endpoints: [
    atRoot('/health', {
      GET: withoutCredentials({
        ...fetches('Health', 'Tells whether the process answers and takes requests.'),
        answers: [
          { status: 200, schema: 'Health' },
          { status: 503, schema: 'Health' },
        ],
      }),
    }),
    atRoot('/ready', {
      GET: withoutCredentials({
        ...fetches('Readiness', 'Tells whether the server can do its work, and if not why.'),
        answers: [
          { status: 200, schema: 'Readiness' },
          { status: 503, schema: 'Readiness' },
        ],
      }),
    }),
    atRoot('/metrics', {
      GET: {
        ...fetches('Health', 'Tells the figures of the server to Prometheus, unless they have a port of their own.'),
        answers: [{ status: 200, type: 'text/plain' }],
      },
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
