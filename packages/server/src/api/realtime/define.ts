import { limits, type RealtimeMethod, type RealtimeMethods } from '@colloquy/protocol';
import { z } from 'zod';
import type { UserActor } from '../../core/actor.ts';
import { idempotencyOf } from '../../core/core.ts';
import type { IdempotencyKey } from '../../core/idempotency.ts';
import type { Caller, ConnectedCaller, Method, RealtimeDependencies } from './method.ts';

/** What a method of a connected user gets. */
export interface MethodContext extends RealtimeDependencies {
  caller: Caller;
  actor: UserActor;
  /** Under which a repeated request is recognised, when it brought a key. */
  idempotency: IdempotencyKey | undefined;
}

/** The parameters as they may come over the wire: absent ones are undefined. */
type Loose<T> = { [K in keyof T]: undefined extends T[K] ? T[K] | undefined : T[K] };

/**
 * A method that needs a connected user. Its types are those of the protocol: the schema must let pass just
 * what the protocol's parameters are.
 */
export function define<M extends RealtimeMethod>(
  _name: M,
  params: z.ZodType<Loose<RealtimeMethods[M]['params']>>,
  run: (context: MethodContext, params: Loose<RealtimeMethods[M]['params']>) => Promise<RealtimeMethods[M]['result']>,
): Method {
  return {
    params,
    answer: async (caller, id, given, dependencies) => {
      const { actor } = caller as ConnectedCaller;
      const key = (given as { key?: string }).key;
      const context = { ...dependencies, caller, actor, idempotency: idempotencyOf(actor, key) };
      caller.reply(id, await run(context, given));
    },
  };
}

/** Text that comes back as it was sent: half a surrogate pair has no UTF-8, and not every database stores U+0000. */
export const text = z
  .string()
  .refine((value) => value.isWellFormed(), 'half a surrogate pair')
  .refine((value) => !value.includes('\0'), 'U+0000');

/** SIDs, unique names and identities; whether it exists is for the core to say. */
export const name = text.min(1).max(limits.identity);
export const conversation = name;
export const key = text.min(1).max(limits.idempotencyKey).optional();
export const pageLimit = z.int().min(1).max(100).optional();
export const pageNext = z.string().max(1024).optional();
export const index = z.int().min(0);
