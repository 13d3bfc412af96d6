import { isUtf8 } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import { refuse } from '../../core/refusal.ts';
import { Parameters } from './parameters.ts';

/** More than any operation can use, and cheap to look through. */
const pairLimit = 1000;

/**
 * Reads `application/x-www-form-urlencoded` bytes, of a body or a query string (URL Standard, section 5.1, but
 * strict): what is not UTF-8 or has a broken escape is refused, not replaced, so that nothing is stored which
 * the caller did not send. Names are case-sensitive; a repeated name keeps all its values.
 *
 * @param part what to call it in the refusal
 * @throws Refusal 20422
 */
export function parseForm(bytes: Buffer, part: 'body' | 'query'): Parameters {
  if (!isUtf8(bytes)) throw malformed(part, 'not UTF-8');
  const values = new Map<string, string[]>();
  let pairs = 0;
  for (const pair of bytes.toString().split('&', pairLimit + 1)) {
    if (pair === '') continue;
    pairs += 1;
    if (pairs > pairLimit) throw malformed(part, `more than ${pairLimit} fields`);
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals), part);
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1), part, name);
    const known = values.get(name);
    if (known) known.push(value);
    else values.set(name, [value]);
  }
  return new Parameters(values);
}

/** The query of a request's target, as `parseForm` reads it. */
export function queryOf({ url }: FastifyRequest): Parameters {
  const mark = url.indexOf('?');
  return parseForm(Buffer.from(mark < 0 ? '' : url.slice(mark + 1), 'latin1'), 'query');
}

/** @param parameter whose value it is */
function decode(text: string, part: string, parameter = part): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return checked(spaced, parameter);
  try {
    return checked(decodeURIComponent(spaced), parameter);
  } catch (error) {
    if (error instanceof URIError) throw malformed(part, 'broken percent-encoding');
    throw error;
  }
}

/** Not every database stores U+0000 in a text, and no human writes it. */
function checked(text: string, parameter: string): string {
  if (text.includes('\0')) throw malformed(parameter, 'it contains U+0000');
  return text;
}

function malformed(part: string, reason: string) {
  return refuse(20422, { parameter: part, reason });
}
