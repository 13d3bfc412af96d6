import type { FastifyInstance } from 'fastify';
import { basicAuthentication } from '../../api/http/authentication.ts';
import type { Config } from '../../config/config.ts';
import { serveOnPort, serveToAccount } from './door.ts';
import type { Metrics, Sources } from './metrics.ts';

/**
 * Opens the door to the figures, where there is one.
 *
 * @returns where it is if it has a port of its own, and what closes it
 * @throws StartError when it has a port of its own that cannot be listened on
 */
export async function openMetrics(
  app: FastifyInstance,
  config: Pick<Config, 'metrics' | 'credentials'>,
  metrics: Metrics | undefined,
  sources: Sources,
): Promise<{ url?: string; close(): Promise<void> }> {
  const { metrics: door = 'account', credentials } = config;
  if (!metrics || door === 'off') return { close: async () => {} };
  metrics.readFrom(sources);
  if (door === 'account') {
    serveToAccount(app, metrics, basicAuthentication(credentials));
    return { close: async () => {} };
  }
  const { url, close } = await serveOnPort(door, metrics);
  return { url, close };
}
