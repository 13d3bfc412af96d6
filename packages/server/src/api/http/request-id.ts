import { randomBytes } from 'node:crypto';

/** The header of every answer that names its request, for whoever reads the log. */
export const requestIdHeader = 'X-Request-Id';

/** Unique: 12 random digits of this process and a counter, with the prefix that the contract's request ids have. */
export function requestIds(): () => string {
  const process = randomBytes(6).toString('hex');
  let count = 0;
  return () => {
    count += 1;
    return `RQ${process}${count.toString(16).padStart(20, '0')}`;
  };
}
