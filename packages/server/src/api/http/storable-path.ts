import type { FastifyInstance } from 'fastify';
import { notFound, pathOf } from './errors.ts';

/** No path with U+0000 in it leads anywhere: no database has to be asked for such names, and not every one could be. */
export function refuseNulInPaths(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    done(pathOf(request).includes('%00') ? notFound(request) : undefined);
  });
}
