import { isUtf8 } from 'node:buffer';
import { invalid } from '../http/parameters.ts';

/** What is asked for is a list in an object, and a later version may have one more around it. */
const deepest = 3;
/** There may be a thousand frames, and a little besides. */
const mostCommas = 3000;

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;

/**
 * JSON that is long texts and little else. Strangers may send megabytes, and what has millions of parts stands still the
 * server while it is read: it is refused unread.
 *
 * @throws Refusal 20422 for that, and for what is no JSON
 */
export function parseFlat(body: Buffer = Buffer.alloc(0)): unknown {
  if (!isUtf8(body)) throw invalid('body', 'not UTF-8');
  requireFlat(body);
  try {
    return JSON.parse(body.toString());
  } catch {
    throw invalid('body', 'not JSON');
  }
}

function requireFlat(body: Buffer): void {
  let depth = 0;
  let commas = 0;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at] as number;
    if (byte === quote) {
      at = endOfText(body, at);
    } else if (byte === comma) {
      commas += 1;
      if (commas > mostCommas) throw invalid('body', `more than ${mostCommas} commas`);
    } else if ((byte | 0x20) === 0x7b) {
      // [ and {
      depth += 1;
      if (depth > deepest) throw invalid('body', `nested more than ${deepest} times`);
    } else if ((byte | 0x20) === 0x7d) {
      // ] and }
      depth -= 1;
    }
  }
}

/** @param begin where its first quotation mark is */
function endOfText(body: Buffer, begin: number): number {
  let at = begin + 1;
  while (at < body.length && body[at] !== quote) at += body[at] === backslash ? 2 : 1;
  return at;
}
