import { isIP } from 'node:net';

/** Is it a name or an address of this machine, which no other can reach? @param host as in a URL, without a port */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

/** Where programs on this machine reach a server: what listens on every address is reached on this machine's own. */
export function localUrlOf({ host, port }: { host: string; port: number }): string {
  const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${isIP(reached) === 6 ? `[${reached}]` : reached}:${port}`;
}
