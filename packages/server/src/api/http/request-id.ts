import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** The header of every answer that names its request, for whoever reads the log. */
export const requestIdHeader = 'X-Request-Id';

/** What proxies and programs make: UUIDs, hexadecimal digits, base64. Nothing that could be taken for more than a name. */
const idForm = /^[\w.:+/=@-]{8,128}$/;

/**
 * The id that a request brings, if it is a sane one; otherwise a unique one: 12 random digits of this process and a
 * counter, with the prefix that the contract's request ids have.
 */
export function requestIds(): (request: IncomingMessage) => string {
  const process = randomBytes(6).toString('hex');
  let count = 0;
  return ({ headers }) => {
    const given = headers['x-request-id'];
    if (typeof given === 'string' && idForm.test(given)) return given;
    count += 1;
    return `RQ${process}${count.toString(16).padStart(20, '0')}`;
  };
}
