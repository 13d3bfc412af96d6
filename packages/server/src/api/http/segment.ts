import type { FastifyRequest } from 'fastify';

/** A segment of the path, decoded. */
export function segmentOf(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string>)[name] ?? '';
}
