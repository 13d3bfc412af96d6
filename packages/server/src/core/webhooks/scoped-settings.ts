import { isSid, type Limits } from '@colloquy/protocol';
import type { ConversationWebhooksTable } from '../../storage/schema/webhooks.ts';
import { refuse } from '../refusal.ts';
import { isScopedFilter } from './event-names.ts';
import { isWebhookUrl, longestUrl } from './url.ts';

const longestTrigger = 256;

/** As the caller gave them; which of them a webhook has depends on its target. */
export interface ScopedSettings {
  url?: string | undefined;
  /** In any letter case; `POST` by default. */
  method?: string | undefined;
  filters?: readonly string[] | undefined;
  triggers?: readonly string[] | undefined;
  flowSid?: string | undefined;
}

export type CheckedSettings = Pick<
  ConversationWebhooksTable,
  'target' | 'url' | 'method' | 'filters' | 'triggers' | 'flow_sid'
>;

/** In any letter case. */
export function checkTarget(target: string | undefined): 'webhook' | 'trigger' | 'studio' {
  if (target === undefined || target === '') throw refuse(50368);
  const lower = target.toLowerCase();
  if (lower !== 'webhook' && lower !== 'trigger' && lower !== 'studio') throw refuse(50364);
  return lower;
}

/**
 * What a webhook of a conversation has to have, by its target; what belongs to other targets is not looked at.
 *
 * @param before what stays as it is when it is left out; of a new webhook only the target
 */
export function checkScopedSettings(
  before: Pick<CheckedSettings, 'target'> & Partial<CheckedSettings>,
  settings: ScopedSettings,
  limits: Limits,
): CheckedSettings {
  const { target } = before;
  const calls = target !== 'studio';
  return {
    target,
    method: checkMethod(settings.method) ?? before.method ?? 'POST',
    url: calls ? checkUrl(settings.url ?? before.url) : null,
    filters: target === 'webhook' ? (checkFilters(settings.filters) ?? present(before.filters, 50370)) : null,
    triggers:
      target === 'trigger' ? (checkTriggers(settings.triggers, limits) ?? present(before.triggers, 50371)) : null,
    flow_sid: target === 'studio' ? checkFlow(settings.flowSid ?? before.flow_sid) : null,
  };
}

function present(text: string | null | undefined, code: 50370 | 50371): string {
  if (text === null || text === undefined) throw refuse(code);
  return text;
}

function checkMethod(method: string | undefined): string | undefined {
  const upper = method?.toUpperCase();
  if (upper !== undefined && upper !== 'GET' && upper !== 'POST') {
    throw refuse(20422, { parameter: 'Configuration.Method', reason: 'neither get nor post' });
  }
  return upper;
}

function checkUrl(url: string | null | undefined): string {
  if (url === undefined || url === null || url === '') throw refuse(50369);
  if (url.length > longestUrl) throw refuse(50372);
  if (!isWebhookUrl(url)) {
    throw refuse(20422, { parameter: 'Configuration.Url', reason: 'not an absolute http or https address' });
  }
  return url;
}

/** A form cannot send an empty list, so one empty text stands for it. */
function isEmpty(list: readonly string[]): boolean {
  return list.length === 0 || (list.length === 1 && list[0] === '');
}

function checkFilters(filters: readonly string[] | undefined): string | undefined {
  if (filters === undefined) return undefined;
  if (isEmpty(filters)) throw refuse(50370);
  if (!filters.every(isScopedFilter)) throw refuse(50365);
  return JSON.stringify([...new Set(filters)]);
}

function checkTriggers(triggers: readonly string[] | undefined, limits: Limits): string | undefined {
  if (triggers === undefined) return undefined;
  if (isEmpty(triggers)) throw refuse(50371);
  const { webhookTriggers: limit } = limits;
  if (triggers.length > limit) throw refuse(50362, { limit });
  if (triggers.some((word) => word.trim() === '' || word.length > longestTrigger)) throw refuse(50366);
  return JSON.stringify(triggers);
}

function checkFlow(sid: string | null | undefined): string {
  if (!isSid(sid, 'FW')) throw refuse(50367);
  return sid;
}
