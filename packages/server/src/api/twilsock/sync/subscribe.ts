import { z } from 'zod';
import { answer, type Handle, readBody } from '../call.ts';

/** What the client may ask for at once from its second request on; the first has up to a hundred. */
const batch = 100;
const most = 1000;
/** Within which the confirmation has to be there, or the client asks again; milliseconds. */
const patience = 5000;

const body = z.object({
  action: z.enum(['establish', 'cancel']),
  correlation_id: z.int(),
  requests: z
    .array(
      z.object({
        object_sid: z.string().max(64),
        object_type: z.string().max(32),
        last_event_id: z.int().min(0).nullish(),
      }),
    )
    .max(most),
});

/**
 * `POST /v4/Subscriptions`. What comes of it is told by notifications, before this answer: a client has as much of the
 * server at a time as its other requests may have. Where it fails the client asks again.
 */
export const subscribe: Handle = async (call) => {
  const { action, correlation_id, requests } = readBody(call, body);
  const { subscriptions, actor } = call;
  if (action === 'cancel') subscriptions.cancel(requests, correlation_id);
  else await subscriptions.establish(actor, requests, correlation_id);
  return answer({ max_batch_size: batch, estimated_delivery_in_ms: patience, ttl_in_s: -1 });
};
