import type { Actor } from '../actor.ts';
import { refuse } from '../refusal.ts';

/** Services and roles are a back end's to manage: no role of a user reaches that far. */
export function requireBackEnd(actor: Actor): void {
  if (actor.kind === 'user') throw refuse(50107, { permission: 'to manage services, which only back ends have' });
}
