import type { MessageResource } from '@colloquy/protocol';
import { sql } from 'kysely';
import { prepare, prepareText } from '../../storage/db.ts';
import type { Change } from './changes.ts';
import { filtersOf, webhookFor } from './configuration.ts';
import type { Target } from './deliveries.ts';
import { isUserEvent } from './event-names.ts';

/** A webhook of the account, of the service, or of the conversation, in the columns of the first two. */
export interface Candidate {
  /** SID of the account, the service, or the conversation webhook. */
  owner: string;
  target: string;
  pre_url: string | null;
  post_url: string | null;
  method: string | null;
  filters: string | null;
  triggers: string | null;
}

/**
 * Everything that may want an event of a conversation. Runs for each change that fires webhooks, whether there are
 * any or not: so it is one statement, and finds the service itself.
 */
export const candidatesFor = prepare((sql, p: { account: string; service: string | null; conversation: string }) =>
  sql
    .selectFrom('webhook_configurations')
    .select(['owner', 'target', 'pre_url', 'post_url', 'method', 'filters'])
    .select((eb) => eb.val<string | null>(null).as('triggers'))
    .where((eb) =>
      eb.or([
        eb('owner', '=', p.account),
        eb('owner', '=', p.service),
        eb('owner', '=', eb.selectFrom('conversations').select('service_sid').where('sid', '=', p.conversation)),
      ]),
    )
    .unionAll((eb) =>
      eb
        .selectFrom('conversation_webhooks')
        .select(['sid as owner', 'target'])
        .select((row) => [row.val<string | null>(null).as('pre_url'), 'url as post_url'])
        .select(['method', 'filters', 'triggers'])
        .where('conversation_sid', '=', p.conversation),
    ),
);

/** Is there anything that may want an event of one of these conversations? For several calls at once. */
export const someWebhook = prepareText(
  (p: { accounts: string[]; conversations: string[] }) => sql<{ found: number }>`
    SELECT 1 AS found FROM webhook_configurations
    WHERE owner = ANY(${p.accounts}::text[])
      OR owner IN (SELECT service_sid FROM conversations WHERE sid = ANY(${p.conversations}::text[]))
    UNION ALL
    SELECT 1 FROM conversation_webhooks WHERE conversation_sid = ANY(${p.conversations}::text[])
    LIMIT 1`,
);

/** Those of the candidates that a change has to be told to. */
export function targetsOf(change: Change, candidates: readonly Candidate[], account: string): Target[] {
  const { event } = change;
  const targets: Target[] = [];
  const wide = webhookFor(
    event,
    candidates.filter(({ owner }) => !isScoped(owner)),
    account,
  );
  if (wide?.postUrl) targets.push({ sid: wide.owner, url: wide.postUrl, method: wide.method });
  if (isUserEvent(event)) return targets;
  for (const { owner, post_url: url, method, ...hook } of candidates) {
    if (!isScoped(owner) || url === null) continue;
    const body = () => (change.logged ? (JSON.parse(change.logged.data) as MessageResource).body : null);
    if (wants(hook, event, body)) targets.push({ sid: owner, url, method: method ?? 'POST' });
  }
  return targets;
}

function isScoped(owner: string): boolean {
  return owner.startsWith('WH');
}

/** Does a conversation's webhook want an event? Triggers look at new messages; the case of letters does not matter. */
export function wants(
  { target, filters, triggers }: Pick<Candidate, 'target' | 'filters' | 'triggers'>,
  event: string,
  body: () => string | null,
): boolean {
  switch (target) {
    case 'webhook':
      return filtersOf(filters).has(event);
    case 'trigger': {
      if (event !== 'onMessageAdded' || triggers === null) return false;
      const text = body()?.toLowerCase() ?? '';
      return (JSON.parse(triggers) as string[]).some((word) => text.includes(word.toLowerCase()));
    }
    // Studio is not here to be called.
    default:
      return false;
  }
}
