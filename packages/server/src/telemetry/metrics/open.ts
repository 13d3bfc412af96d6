import type { FastifyInstance } from 'fastify';
import { type MetricsDoor, serveOnPort, serveToAccount } from './door.ts';
import type { Metrics, Sources } from './metrics.ts';

/**
 * Opens the door to the figures, where there is one.
 *
 * @param isAuthentic whether somebody has the account's credentials
 * @returns where it is if it has a port of its own, and what closes it
 * @throws StartError when it has a port of its own that cannot be listened on
 */
export async function openMetrics(
  app: FastifyInstance,
  door: MetricsDoor,
  isAuthentic: (authorization: string | undefined) => boolean,
  metrics: Metrics | undefined,
  sources: Sources,
): Promise<{ url?: string; close(): Promise<void> }> {
  if (!metrics || door === 'off') return { close: async () => {} };
  metrics.readFrom(sources);
  if (door === 'account') {
    serveToAccount(app, metrics, isAuthentic);
    return { close: async () => {} };
  }
  const { url, close } = await serveOnPort(door, metrics);
  return { url, close };
}
