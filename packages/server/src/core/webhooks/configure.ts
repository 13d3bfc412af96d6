import type { Db } from '../../storage/db.ts';
import type { WebhookConfigurationsTable } from '../../storage/schema/webhooks.ts';
import { requireBackEnd } from '../access/back-end.ts';
import { requireService } from '../access/standing.ts';
import { defineCommand } from '../command.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import { isAccountFilter, isServiceFilter } from './event-names.ts';
import { isWebhookUrl, longestUrl } from './url.ts';

/** What is left out stays as it is. An empty URL takes it away, and so does an empty list of filters. */
export interface WebhookSettings {
  preUrl?: string | undefined;
  postUrl?: string | undefined;
  /** In any letter case. */
  method?: string | undefined;
  filters?: readonly string[] | undefined;
}

export interface ConfigureAccountWebhook extends WebhookSettings {
  target?: 'webhook' | 'flex' | undefined;
}

export const configureAccountWebhook = defineCommand({
  name: 'webhooks.configure-account',
  orderKey: () => 'webhooks',
  run: async (tx, actor, input: ConfigureAccountWebhook): Promise<WebhookConfigurationsTable> => {
    requireBackEnd(actor);
    const row = await loadWebhook(tx, actor.account, actor.account);
    return write(tx, { ...row, ...checkSettings(row, input, isAccountFilter), target: input.target ?? row.target });
  },
});

export interface ConfigureServiceWebhook extends WebhookSettings {
  service: string;
}

export const configureServiceWebhook = defineCommand({
  name: 'webhooks.configure-service',
  orderKey: (input: ConfigureServiceWebhook) => input.service,
  run: async (tx, actor, input: ConfigureServiceWebhook): Promise<WebhookConfigurationsTable> => {
    requireBackEnd(actor);
    const service = await requireService(tx, actor, input.service);
    const row = await loadWebhook(tx, service.account_sid, service.sid);
    return write(tx, { ...row, ...checkSettings(row, input, isServiceFilter) });
  },
});

/** The webhook of an account or a service; one that was never configured is empty. */
export async function loadWebhook(db: Db, account: string, owner: string): Promise<WebhookConfigurationsTable> {
  const row = await db.sql
    .selectFrom('webhook_configurations')
    .selectAll()
    .where('owner', '=', owner)
    .executeTakeFirst();
  return (
    row ?? {
      owner,
      account_sid: account,
      target: 'webhook',
      pre_url: null,
      post_url: null,
      method: null,
      filters: null,
    }
  );
}

function checkSettings(
  before: WebhookConfigurationsTable,
  { preUrl, postUrl, method, filters }: WebhookSettings,
  isFilter: (name: string) => boolean,
): Pick<WebhookConfigurationsTable, 'pre_url' | 'post_url' | 'method' | 'filters'> {
  return {
    pre_url: preUrl === undefined ? before.pre_url : checkUrl(preUrl),
    post_url: postUrl === undefined ? before.post_url : checkUrl(postUrl),
    method: method === undefined ? before.method : checkMethod(method),
    filters: filters === undefined ? before.filters : JSON.stringify(checkFilters(filters, isFilter)),
  };
}

function checkUrl(url: string): string | null {
  if (url === '') return null;
  if (url.length > longestUrl || !isWebhookUrl(url)) throw refuse(50054);
  return url;
}

function checkMethod(method: string): string {
  const upper = method.toUpperCase();
  if (upper !== 'GET' && upper !== 'POST') throw refuse(50055);
  return upper;
}

/** A form cannot send an empty list, so one empty text stands for it. */
function checkFilters(filters: readonly string[], isFilter: (name: string) => boolean): string[] {
  if (filters.length === 1 && filters[0] === '') return [];
  if (!filters.every(isFilter)) throw refuse(50054);
  return [...new Set(filters)];
}

async function write(tx: Transaction, row: WebhookConfigurationsTable): Promise<WebhookConfigurationsTable> {
  const { owner, ...rest } = row;
  await tx.sql
    .insertInto('webhook_configurations')
    .values(row)
    .onConflict((conflict) => conflict.column('owner').doUpdateSet(rest))
    .execute();
  return row;
}
