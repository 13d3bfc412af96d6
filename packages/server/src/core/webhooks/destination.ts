import { type Db, prepare } from '../../storage/db.ts';
import type { WebhookDeliveriesTable } from '../../storage/schema/webhooks.ts';

export interface Destination {
  url: string;
  method: 'GET' | 'POST';
}

const webhookBySid = prepare((sql, p: { sid: string }) =>
  sql.selectFrom('conversation_webhooks').select(['url', 'method']).where('sid', '=', p.sid),
);

const configurationOf = prepare((sql, p: { owner: string }) =>
  sql.selectFrom('webhook_configurations').select(['post_url', 'method', 'target']).where('owner', '=', p.owner),
);

const conversationThere = prepare((sql, p: { sid: string }) =>
  sql.selectFrom('conversations').select('sid').where('sid', '=', p.sid),
);

/**
 * Where a delivery goes now: its webhook may have got another URL since it was planned. Undefined when the webhook is
 * no more. One that went with its conversation is still told what happened until then.
 */
export async function destinationOf(
  db: Db,
  delivery: Pick<WebhookDeliveriesTable, 'target' | 'conversation_sid' | 'url' | 'method'>,
): Promise<Destination | undefined> {
  const { target } = delivery;
  if (target.startsWith('WH')) {
    const webhook = await db.first(webhookBySid, { sid: target });
    if (webhook) return webhook.url === null ? undefined : destination(webhook.url, webhook.method);
    const stays = await db.first(conversationThere, { sid: delivery.conversation_sid ?? '' });
    return stays ? undefined : destination(delivery.url, delivery.method);
  }
  const configuration = await db.first(configurationOf, { owner: target });
  if (!configuration?.post_url || configuration.target === 'flex') return undefined;
  return destination(configuration.post_url, configuration.method);
}

function destination(url: string, method: string | null): Destination {
  return { url, method: method === 'GET' ? 'GET' : 'POST' };
}
