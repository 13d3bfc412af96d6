import { limits } from '@colloquy/protocol';
import { z } from 'zod';
import { readAs, requireStorable } from '../http/json.ts';
import { invalid } from '../http/parameters.ts';
import type { Header, Packet } from './packet.ts';

const value = z.string().max(8192);

const request = z.object({
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE']),
  // Longer ones than the longest names make are none of ours.
  path: z.string().max(16_384).startsWith('/'),
  params: z.record(z.string().max(1024), z.union([value, z.array(value).max(100)])).optional(),
  headers: z.record(z.string().max(1024), z.unknown()).optional(),
});

/** Where clients subscribe. */
export const subscriptionsPath = '/v4/Subscriptions';

export interface TunnelledRequest {
  method: string;
  /** As it was sent: each segment is decoded for itself. */
  path: string;
  query: URLSearchParams;
  /** Under which the client's request is one and the same, however often it arrives. */
  mutationId: string | undefined;
}

/** The request over HTTP that a packet's header describes. @throws Refusal 20422 */
export function readRequest(header: Header): TunnelledRequest {
  requireStorable(header['http_request'], 'http_request');
  const { method, path, params = {}, headers = {} } = readAs(request, header['http_request']);
  return { method, path, query: readQuery(params), mutationId: readMutationId(headers) };
}

/** Does it only look at something? A subscription reads what was missed. */
export function isRead({ header }: Packet): boolean {
  const asked = header['http_request'] as { method?: unknown; path?: unknown } | undefined | null;
  return asked?.method === 'GET' || asked?.path === subscriptionsPath;
}

/** Names and values are still percent-encoded. */
function readQuery(params: Record<string, string | string[]>): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, given] of Object.entries(params)) {
    for (const one of Array.isArray(given) ? given : [given]) query.append(decode(name), decode(one));
  }
  return query;
}

function decode(text: string): string {
  try {
    const decoded = decodeURIComponent(text.replaceAll('+', ' '));
    if (!decoded.includes('\0')) return decoded;
  } catch {}
  throw invalid('http_request.params', 'not percent-encoded UTF-8, or U+0000');
}

function readMutationId(headers: Record<string, unknown>): string | undefined {
  const found = Object.entries(headers).find(([name]) => name.toLowerCase() === 'x-twilio-mutation-id')?.[1];
  return typeof found === 'string' && found !== '' && found.length <= limits.idempotencyKey ? found : undefined;
}
