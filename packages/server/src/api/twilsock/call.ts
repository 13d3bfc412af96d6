import type { ErrorCode } from '@colloquy/protocol';
import { z } from 'zod';
import type { UserActor } from '../../core/actor.ts';
import { idempotencyOf } from '../../core/core.ts';
import type { IdempotencyKey } from '../../core/idempotency.ts';
import { refuse } from '../../core/refusal.ts';
import type { AccessToken } from '../tokens.ts';
import type { TwilsockDependencies } from './dependencies.ts';
import { parseJson } from './packet.ts';
import type { Subscriptions } from './sync/subscriptions.ts';

/** A request over HTTP that a client sent through its socket. */
export interface Call extends TwilsockDependencies {
  actor: UserActor;
  token: AccessToken;
  /** Under which address the client reaches the server, without a slash at its end. */
  address: string;
  subscriptions: Subscriptions;
  /** The path as it was sent. */
  path: string;
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

/** Of a request's body, JSON. @throws Refusal 20422 when it is not what the schema wants */
export function readBody<T>(call: Call, schema: z.ZodType<T>): T {
  const json = call.body.length === 0 ? {} : parseJson(call.body);
  return parse(schema, json, 'body');
}

export function parse<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const first = parsed.error.issues[0];
  throw refuse(20422 satisfies ErrorCode, {
    parameter: first?.path.join('.') || where,
    reason: first?.message ?? 'not readable',
  });
}

/** What the path names, which the route has made sure of. */
export function nameIn(call: Call, name: string): string {
  return call.names[name] ?? '';
}

/** Text that comes back as it was sent: half a surrogate pair has no UTF-8, and not every database stores U+0000. */
export const text = z
  .string()
  .refine((value) => value.isWellFormed(), 'half a surrogate pair')
  .refine((value) => !value.includes('\0'), 'U+0000');

export { idempotencyOf };
