import type { FastifyInstance } from 'fastify';
import type { Readiness } from './readiness.ts';

/**
 * Two questions that those who watch over the server ask, without credentials: `/health`, does the process answer (if
 * not, start it anew), and `/ready`, can it do its work (if not, send nobody here)?
 *
 * @param isOpen whether requests are taken
 */
export function registerHealth(app: FastifyInstance, readiness: Readiness, isOpen: () => boolean): void {
  app.get('/health', (_request, reply) =>
    reply.code(isOpen() ? 200 : 503).send({ status: isOpen() ? 'ok' : 'stopping' }),
  );
  app.get('/ready', async (_request, reply) => {
    const verdict = await readiness.ask();
    reply.header('Cache-Control', 'no-store');
    return reply.code(verdict.status === 'ready' ? 200 : 503).send(verdict);
  });
}
