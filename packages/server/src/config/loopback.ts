import { isIP } from 'node:net';

/** Is it a name or an address of this machine, which no other can reach? @param host as in a URL, without a port */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}
