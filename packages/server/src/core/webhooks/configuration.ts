import { type Db, prepare } from '../../storage/db.ts';
import type { WebhookConfigurationsTable } from '../../storage/schema/webhooks.ts';
import { isUserEvent, type WebhookEvent } from './event-names.ts';

/** Where an event goes. */
export interface EffectiveWebhook {
  /** SID of the account or the service whose webhook it is. */
  owner: string;
  preUrl: string | null;
  postUrl: string | null;
  method: 'GET' | 'POST';
}

const ofBoth = prepare((sql, p: { account: string; service: string }) =>
  sql.selectFrom('webhook_configurations').selectAll().where('owner', 'in', [p.account, p.service]),
);

/**
 * The webhook that an event in a service goes to, one indexed read: undefined when none wants it. Before- and
 * after-events are told apart by which of the two URLs the caller takes.
 */
export async function effectiveWebhook(
  db: Db,
  account: string,
  service: string,
  event: WebhookEvent,
): Promise<EffectiveWebhook | undefined> {
  return webhookFor(event, await db.all(ofBoth, { account, service }), account);
}

const anyPreUrl = prepare((sql, p: { account: string }) =>
  sql
    .selectFrom('webhook_configurations')
    .select('owner')
    .where('account_sid', '=', p.account)
    .where('pre_url', 'is not', null)
    .limit(1),
);

/** Is there a webhook, of the account or of a service, that wants to be asked before changes? */
export async function isAnyAskedBefore(db: Db, account: string): Promise<boolean> {
  return (await db.first(anyPreUrl, { account })) !== undefined;
}

/**
 * A service's own webhook replaces the account's (contract: "Per-Service Webhook Resource"), save for events of
 * users, which only the account's can have. One without any URL replaces nothing.
 *
 * @param configurations the account's and the service's, where they exist
 */
export function webhookFor(
  event: WebhookEvent,
  configurations: readonly Omit<WebhookConfigurationsTable, 'account_sid'>[],
  account: string,
): EffectiveWebhook | undefined {
  const own = isUserEvent(event)
    ? undefined
    : configurations.find((one) => one.owner !== account && (one.pre_url !== null || one.post_url !== null));
  const chosen = own ?? configurations.find((one) => one.owner === account);
  // Flex is not here to be called.
  if (!chosen || chosen.target === 'flex' || !filtersOf(chosen.filters).has(event)) return undefined;
  return {
    owner: chosen.owner,
    preUrl: chosen.pre_url,
    postUrl: chosen.post_url,
    method: chosen.method === 'GET' ? 'GET' : 'POST',
  };
}

/** None sends nothing. */
export function filtersOf(json: string | null): ReadonlySet<string> {
  return new Set(json === null ? [] : (JSON.parse(json) as string[]));
}
