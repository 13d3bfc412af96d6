import type { Actor } from '../../actor.ts';
import type { WebhookEvent } from '../event-names.ts';
import { type Parameter, parametersOf } from './parameter.ts';

/** Where a change came from. */
export interface Origin {
  /** `SDK`, `API`, or the channel in capitals. */
  source: string;
  /** Of an app user only. */
  clientIdentity?: string | undefined;
}

export function originOf(actor: Actor): Origin {
  switch (actor.kind) {
    case 'user':
      return { source: 'SDK', clientIdentity: actor.identity };
    case 'account':
      return { source: 'API' };
    case 'system':
      return { source: actor.channel?.toUpperCase() ?? 'API' };
  }
}

export interface EventContext extends Origin {
  account: string;
  service: string;
  event: WebhookEvent;
}

/** What every event begins with. `RetryCount` belongs to the attempt: see `withRetryCount`. */
export function commonParameters({ account, service, event, source, clientIdentity }: EventContext): Parameter[] {
  return parametersOf(
    ['AccountSid', account],
    ['EventType', event],
    ['Source', source],
    ['ClientIdentity', clientIdentity],
    ['ChatServiceSid', service],
  );
}

/** @param retries how many attempts there were before this one */
export function withRetryCount(parameters: readonly Parameter[], retries: number): Parameter[] {
  return [...parameters, ['RetryCount', String(retries)]];
}
