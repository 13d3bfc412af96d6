import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { refuse } from '../../../core/refusal.ts';

/**
 * The JSON body of a request, as the schema reads it.
 *
 * @throws Refusal 20001 for a field that is missing, 20422 for one that does not fit
 */
export function readBody<T>(request: FastifyRequest, schema: z.ZodType<T>): T {
  const body = request.body ?? {};
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const parameter = issue?.path.map(String).join('.') || 'body';
  const field = issue?.path[0];
  if (typeof body === 'object' && typeof field === 'string' && !(field in body)) throw refuse(20001, { parameter });
  throw refuse(20422, { parameter, reason: issue?.message ?? 'not of the right form' });
}
