import type { FastifyRequest } from 'fastify';
import { parseForm } from '../form-body.ts';
import { invalid, type Parameters } from '../parameters.ts';

export function readQuery(request: FastifyRequest): Parameters {
  const mark = request.url.indexOf('?');
  return parseForm(Buffer.from(mark < 0 ? '' : request.url.slice(mark + 1), 'latin1'), 'query');
}

/** A whole number within bounds. */
export function readInteger(
  query: Parameters,
  name: string,
  range: { min: number; max: number; otherwise: number },
): number {
  const value = query.integer(name);
  if (value === undefined) return range.otherwise;
  if (value < range.min || value > range.max) throw invalid(name, `not from ${range.min} to ${range.max}`);
  return value;
}
