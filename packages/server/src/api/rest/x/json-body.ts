import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { readAs, requireStorable } from '../../http/json.ts';

/**
 * The JSON body of a request, as the schema reads it.
 *
 * @throws Refusal 20001 for a field that is missing, 20422 for one that does not fit
 */
export function readBody<T>(request: FastifyRequest, schema: z.ZodType<T>): T {
  const body = request.body ?? {};
  requireStorable(body);
  return readAs(schema, body);
}
