import type { z } from 'zod';
import type { UserActor } from '../../core/actor.ts';
import type { IdempotencyKey } from '../../core/idempotency.ts';
import { parseJson, readAs } from '../http/json.ts';
import type { AccessToken } from '../tokens.ts';
import type { TwilsockDependencies } from './dependencies.ts';
import type { Subscriptions } from './sync/subscriptions.ts';

/** A request over HTTP that a client sent through its socket. */
export interface Call extends TwilsockDependencies {
  actor: UserActor;
  token: AccessToken;
  /** Under which address the client reaches the server, without a slash at its end. */
  address: string;
  subscriptions: Subscriptions;
  /** What the path names, decoded. */
  names: Record<string, string | undefined>;
  query: URLSearchParams;
  body: Buffer;
  /** Under which a repeated request is recognised, when it brought a mutation id. */
  idempotency: IdempotencyKey | undefined;
}

/** What a call is answered with: a status of HTTP and a body. */
export interface Answer {
  status: number;
  body: object;
}

export type Handle = (call: Call) => Promise<Answer>;

export function answer(body: object, status = 200): Answer {
  return { status, body };
}

export const done: Answer = { status: 204, body: {} };

/**
 * A request's body, as a schema reads it.
 *
 * @throws Refusal 20001, 20422
 */
export function readBody<T>(call: Call, schema: z.ZodType<T>): T {
  return readAs(schema, call.body.length === 0 ? {} : parseJson(call.body));
}

/** What the path names, which the route has made sure of. */
export function nameIn(call: Call, name: string): string {
  return call.names[name] ?? '';
}
