import type { FastifyRequest } from 'fastify';
import { notFound } from './errors.ts';

/**
 * A segment of the path, decoded.
 *
 * @throws Refusal 20404 for one with U+0000: no database has to be asked for that, and not every one could be
 */
export function segmentOf(request: FastifyRequest, name: string): string {
  const text = (request.params as Record<string, string>)[name] ?? '';
  if (text.includes('\0')) throw notFound(request);
  return text;
}
