import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { StartError } from '../../config/start-error.ts';
import { refuse } from '../../core/refusal.ts';
import { describeListenFailure } from '../../process/listen-failure.ts';
import type { Metrics } from './metrics.ts';

/** Where the figures are read: see the setting `metrics`. */
export type MetricsDoor = 'off' | 'account' | { host: string; port: number };

/** The page on the server's own port, for whoever has the account's credentials. */
export function serveToAccount(
  app: FastifyInstance,
  metrics: Metrics,
  isAuthentic: (authorization: string | undefined) => boolean,
): void {
  app.get('/metrics', async (request, reply) => {
    if (!isAuthentic(request.headers.authorization)) throw refuse(20003);
    return reply.type(metrics.contentType).send(await metrics.read());
  });
}

/**
 * The page on a port of its own, for whoever reaches that.
 *
 * @returns where it is, and what closes it
 * @throws StartError
 */
export async function serveOnPort(
  { host, port }: { host: string; port: number },
  metrics: Metrics,
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0];
    if (path !== '/metrics' || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(404).end();
      return;
    }
    metrics.read().then(
      (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const setting = '--metrics (COLLOQUY_METRICS)';
    const why = describeListenFailure(error, { host, port }, { port: setting, host: setting });
    throw why === undefined ? error : new StartError(`The metrics have no port: ${why}`);
  }
  server.unref();
  const bound = server.address() as AddressInfo;
  return {
    url: `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
