import { webhookWork } from '../../core/webhooks/deliveries.ts';
import { type Check, type Finding, looked } from '../check.ts';

const pageSize = 1000;

export const webhookDeliveries: Check = {
  name: 'webhook deliveries',
  about: 'requests to webhooks that the delivery log has as pending are in the outbox',
  look: async (db, after) => {
    const rows = await db.sql
      .selectFrom('webhook_deliveries')
      .leftJoin('outbox', 'outbox.id', 'webhook_deliveries.id')
      .select(['webhook_deliveries.id', 'webhook_deliveries.url', 'outbox.kind', 'outbox.state'])
      .where('webhook_deliveries.state', '=', 'pending')
      .where('webhook_deliveries.id', '>', after)
      .orderBy('webhook_deliveries.id')
      .limit(pageSize)
      .execute();
    const findings: Finding[] = rows
      .filter(({ kind, state }) => kind !== webhookWork || state === 'dead')
      .map(({ id, url }) => ({
        where: `webhook delivery ${id}`,
        problem: `The request to ${url} is pending, and nobody is going to make it: it is not in the outbox.`,
        remedy: `Set its state to dead and send it again: UPDATE webhook_deliveries SET state = 'dead' WHERE id = '${id}' with the server stopped, then POST /v1/x/webhook-deliveries/${id}/retry.`,
      }));
    return looked(findings, rows.length, pageSize, rows.at(-1)?.id);
  },
};
