import type { FastifyRequest } from 'fastify';
import { refuse } from '../../core/refusal.ts';

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * The playground hands out tokens to whoever asks, so only its own page on this machine may ask: a page of
 * another site is told by its Origin, one that points a name of its own at this address by the Host.
 *
 * @param publicHost host of the configured public address, if any
 */
export function requireOwnPage(request: FastifyRequest, publicHost: string | undefined): void {
  const host = request.headers.host ?? '';
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (!loopback.has(name) && host !== publicHost) throw refuse(20006);
  const origin = request.headers.origin;
  if (origin !== undefined && hostOf(origin) !== host) throw refuse(20006);
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw refuse(20006);
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
