import { deliveryStates } from '../../../core/webhooks/log.ts';
import { atRoot, fetches, posts, type ResourceDescription } from '../describe.ts';
import { choice, integer, text } from '../fields.ts';

export const webhookDeliveries: ResourceDescription = {
  name: 'Webhook deliveries',
  about: 'For operators: what was sent to webhooks after changes, and what came of it. An extension.',
  endpoints: [
    atRoot('/v1/x/webhook-deliveries', {
      GET: fetches('WebhookDeliveryPage', 'Lists deliveries, the newest first.', {
        query: {
          conversation: text('Only those about this conversation, by its SID.'),
          target: text('Only those to this one: SID of the account, a service or a webhook of a conversation.'),
          state: choice(deliveryStates, 'Only those in this state.'),
          limit: integer('How many on a page.', { min: 1, max: 100 }),
          after: text('What the page before gave as next.'),
        },
      }),
    }),
    atRoot('/v1/x/webhook-deliveries/{Id}', {
      GET: fetches('WebhookDelivery', 'Fetches a delivery with every attempt.'),
    }),
    atRoot('/v1/x/webhook-deliveries/{Id}/retry', {
      POST: posts(200, 'RetriedWork', 'Sends a delivery again.', {}),
    }),
  ],
};
