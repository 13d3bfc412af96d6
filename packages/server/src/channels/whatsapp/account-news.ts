import { asObject, type Json } from '../json.ts';
import { asText } from './graph.ts';
import type { Condition } from './health.ts';

/** What Meta reports of the account and its numbers, as far as it says that sending will not work. */
export function noteAccountNews(field: string, value: Json, condition: Condition): void {
  const event = asText(value['event']);
  switch (field) {
    case 'account_update': {
      if (event === 'DISABLED_UPDATE') {
        const state = asText(asObject(value['ban_info'])?.['waba_ban_state']);
        if (state === 'REINSTATE') condition.up();
        else condition.down(`Meta has disabled the account (${state ?? event}).`);
      }
      if (event === 'ACCOUNT_RESTRICTION') condition.degraded('Meta has restricted the account: see WhatsApp Manager.');
      return;
    }
    case 'phone_number_quality_update':
      if (event === 'FLAGGED') condition.degraded('Meta flags the quality of the number: people block or report it.');
      if (event === 'UNFLAGGED') condition.up();
      return;
    default:
      return;
  }
}
