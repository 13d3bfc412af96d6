import type { Actor } from '../actor.ts';
import { refuse } from '../refusal.ts';

/** For what no role of a user reaches: services, roles, webhooks, credentials and the like are a back end's to manage. */
export function requireBackEnd(actor: Actor): void {
  if (actor.kind === 'user') throw refuse(50107, { permission: 'to do this, which only back ends have' });
}
