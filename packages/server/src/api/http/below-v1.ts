import type { FastifyRequest } from 'fastify';

/**
 * Is a request for one of the APIs below `/v1`? The route tells, not the text of the target: that may be the absolute
 * form (RFC 9112, section 3.2.2), or have letters escaped, and leads to the same route.
 */
export function isBelowV1({ routeOptions, url }: FastifyRequest): boolean {
  return (routeOptions.url ?? url).startsWith('/v1/');
}
