import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { deepest, type JsonBounds, measure, parseBounded, TooMuchJson } from '../../core/bounded-json.ts';
import { type Refusal, refuse } from '../../core/refusal.ts';
import { isStorable } from '../../core/storable.ts';
import { invalid } from './parameters.ts';

/**
 * A body of JSON, of those operations that have one.
 *
 * @throws Refusal 20422 when it is not JSON in UTF-8, or has texts that could not be stored as they are
 */
export function parseJson(bytes: Buffer): unknown {
  const value = parseBody(bytes);
  requireStorable(value);
  return value;
}

/** Has bodies that say they are JSON measured before they are read, where they are read before their operation sees them. */
export function measureJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes: Buffer, done) => {
    let text: string;
    try {
      if (!isUtf8(bytes)) throw invalid('body', 'not UTF-8');
      text = bytes.toString();
      measure(text);
    } catch (error) {
      done(error instanceof TooMuchJson ? invalid('body', error.message) : (error as Error));
      return;
    }
    parse(request, text, done);
  });
}

/**
 * A body of JSON that has no more of it than what is asked for can have.
 *
 * @throws Refusal 20422 for one that has, or is no JSON in UTF-8
 */
export function parseBody(bytes: Buffer, bounds?: JsonBounds): unknown {
  if (!isUtf8(bytes)) throw invalid('body', 'not UTF-8');
  try {
    return parseBounded(bytes.toString(), bounds);
  } catch (error) {
    throw invalid('body', error instanceof TooMuchJson ? error.message : 'not JSON');
  }
}

/**
 * @param what to call it in the refusal, which names the field besides
 * @throws Refusal 20422 for texts that would not come back as they were sent, and for what is nested too deep
 */
export function requireStorable(value: unknown, what = 'body'): void {
  require(value, 0);

  function require(one: unknown, depth: number, field = what): void {
    if (depth > deepest) throw invalid(what, `nested more than ${deepest} times`);
    if (typeof one === 'string') {
      if (isStorable(one)) return;
      throw invalid(field, one.includes('\0') ? 'it contains U+0000' : 'it contains half a surrogate pair');
    }
    if (typeof one !== 'object' || one === null) return;
    for (const [name, inside] of Object.entries(one)) {
      require(name, depth);
      require(inside, depth + 1, field === what ? name : `${field}.${name}`);
    }
  }
}

/**
 * A JSON value as a schema reads it.
 *
 * @throws Refusal 20001 for a field that is missing, 20422 for one that does not fit
 */
export function readAs<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw unfit(parsed.error, value);
}

function unfit({ issues: [issue] }: z.ZodError, value: unknown): Refusal {
  const parameter = issue?.path.map(String).join('.') || 'body';
  const field = issue?.path[0];
  if (typeof value === 'object' && value !== null && typeof field === 'string' && !Object.hasOwn(value, field)) {
    return refuse(20001, { parameter });
  }
  return invalid(parameter, issue?.message ?? 'not of the right form');
}
