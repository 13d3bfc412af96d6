import { atRoot, fetches, posts, type ResourceDescription } from '../describe.ts';
import { choice, integer, text } from '../fields.ts';

const page = {
  limit: integer('How many on a page.', { min: 1, max: 100 }),
  after: text('What the page before gave as next.'),
};

export const outbox: ResourceDescription = {
  name: 'Outbox',
  about:
    'For operators: what goes out to channels and devices, and what came in and found no conversation. An extension.',
  endpoints: [
    atRoot('/v1/x/outbox', {
      GET: fetches('OutboxPage', 'Lists work in a state; what failed for good when left out.', {
        query: {
          kind: choice(['channel', 'push'], 'To channels, when left out, or to devices.'),
          state: choice(['dead', 'pending', 'waiting', 'sending'], 'Only work in this state.'),
          ...page,
        },
      }),
    }),
    atRoot('/v1/x/outbox/{Id}/retry', { POST: posts(200, 'RetriedWork', 'Sends again what failed for good.', {}) }),
    atRoot('/v1/x/unrouted', {
      GET: fetches('UnroutedPage', 'Lists messages that found no conversation.', { query: page }),
    }),
  ],
};
