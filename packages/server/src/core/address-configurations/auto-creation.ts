import type { AddressConfigurationsTable } from '../../storage/schema/addresses.ts';
import { serviceBySid } from '../access/store.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import { afterEvents, isScopedFilter } from '../webhooks/event-names.ts';
import { isWebhookUrl, longestUrl } from '../webhooks/url.ts';

export const autoCreationTypes = ['webhook', 'studio', 'default'] as const;

/** What is left out stays as it is. */
export interface AutoCreationInput {
  enabled?: boolean | undefined;
  type?: (typeof autoCreationTypes)[number] | undefined;
  conversationService?: string | undefined;
  webhookUrl?: string | undefined;
  webhookMethod?: 'get' | 'post' | undefined;
  webhookFilters?: readonly string[] | undefined;
  studioFlow?: string | undefined;
  studioRetryCount?: number | undefined;
}

export type AutoCreation = Pick<
  AddressConfigurationsTable,
  | 'auto_enabled'
  | 'auto_type'
  | 'auto_service_sid'
  | 'webhook_url'
  | 'webhook_method'
  | 'webhook_filters'
  | 'studio_flow_sid'
  | 'studio_retry_count'
>;

/** As many as in the published example; Chat had them from 0 to 3. */
const mostRetries = 3;

/** Who names no filters wants to hear of everything that can be heard of. */
const everyFilter = afterEvents.filter(isScopedFilter);

const nothing: AutoCreation = {
  auto_enabled: 0,
  auto_type: 'default',
  auto_service_sid: null,
  webhook_url: null,
  webhook_method: 'POST',
  webhook_filters: JSON.stringify(everyFilter),
  studio_flow_sid: null,
  studio_retry_count: 0,
};

/**
 * What an address is to do with a message from somebody new, after a change.
 *
 * @throws Refusal 20001 when its type lacks what belongs to it, 20422 for a value that does not fit
 */
export async function changeAutoCreation(
  tx: Transaction,
  account: string,
  input: AutoCreationInput,
  before: AutoCreation = nothing,
): Promise<AutoCreation> {
  const { webhookUrl, webhookFilters, studioRetryCount, conversationService } = input;
  if (conversationService !== undefined) await requireServiceOf(tx, account, conversationService);
  if (webhookUrl !== undefined) requireUrl(webhookUrl);
  for (const name of webhookFilters ?? []) {
    if (!isScopedFilter(name))
      throw invalid('WebhookFilters', `${JSON.stringify(name)} is no event that comes after a change`);
  }
  if (studioRetryCount !== undefined && !(studioRetryCount >= 0 && studioRetryCount <= mostRetries)) {
    throw invalid('StudioRetryCount', `not from 0 to ${mostRetries}`);
  }
  const after: AutoCreation = {
    auto_enabled: input.enabled === undefined ? before.auto_enabled : Number(input.enabled),
    auto_type: input.type ?? before.auto_type,
    auto_service_sid: conversationService ?? before.auto_service_sid,
    webhook_url: webhookUrl ?? before.webhook_url,
    webhook_method: input.webhookMethod?.toUpperCase() ?? before.webhook_method,
    webhook_filters: webhookFilters ? JSON.stringify([...new Set(webhookFilters)]) : before.webhook_filters,
    studio_flow_sid: input.studioFlow ?? before.studio_flow_sid,
    studio_retry_count: studioRetryCount ?? before.studio_retry_count,
  };
  if (after.auto_type === 'webhook' && after.webhook_url === null) throw missing('WebhookUrl');
  if (after.auto_type === 'studio' && after.studio_flow_sid === null) throw missing('StudioFlowSid');
  return after;
}

async function requireServiceOf(tx: Transaction, account: string, service: string): Promise<void> {
  if (!(await tx.first(serviceBySid, { account, service }))) throw invalid('ConversationServiceSid', 'no such service');
}

function requireUrl(text: string): void {
  if (text.length > longestUrl) throw invalid('WebhookUrl', `longer than ${longestUrl} characters`);
  if (!isWebhookUrl(text)) throw invalid('WebhookUrl', 'not an http or https URL');
}

function invalid(name: string, reason: string) {
  return refuse(20422, { parameter: `AutoCreation.${name}`, reason });
}

function missing(name: string) {
  return refuse(20001, { parameter: `AutoCreation.${name}` });
}
