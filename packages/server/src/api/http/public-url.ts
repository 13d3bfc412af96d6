import type { IncomingMessage } from 'node:http';

const hostForm = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/**
 * Under which address the caller reaches the server: what `url` members and links begin with. Without a
 * configured one it is what the request says of itself, behind a proxy with the scheme that the proxy was
 * asked by (behaviour reference, section 3). Who lies about that gets wrong links, nobody else.
 *
 * @returns without a slash at its end
 */
export function publicUrlOf(request: Pick<IncomingMessage, 'headers' | 'socket'>, configured: string | null): string {
  if (configured !== null) return configured;
  const { host } = request.headers;
  const forwarded = request.headers['x-forwarded-proto'];
  const scheme = (Array.isArray(forwarded) ? forwarded[0] : forwarded)?.split(',', 1)[0]?.trim().toLowerCase();
  const address = host !== undefined && hostForm.test(host) ? host : `localhost:${request.socket.localPort ?? 80}`;
  // Of a WebSocket some proxies say `wss` (Traefik, for one).
  return `${scheme === 'https' || scheme === 'wss' ? 'https' : 'http'}://${address}`;
}
