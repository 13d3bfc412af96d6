import type { FastifyInstance, FastifyRequest } from 'fastify';
import { context } from './context.ts';
import type { Telemetry } from './telemetry.ts';

declare module 'fastify' {
  interface FastifyReply {
    /** Code of the error that the request was answered with. */
    errorCode?: number;
  }
}

/** Has every request over HTTP counted, and named in the log lines of what it does. */
export function watchRequests(app: FastifyInstance, { metrics }: Telemetry): void {
  // Not earlier: after a body has arrived, what follows comes from the socket and knows nothing of what was before.
  app.addHook('preValidation', (request, _reply, done) => {
    context.run({ request: request.id }, done);
  });
  if (!metrics) return;
  app.addHook('onResponse', (request, reply, done) => {
    metrics.httpRequest(request.method, routeOf(request), reply.statusCode, reply.elapsedTime);
    if (reply.errorCode !== undefined) metrics.error('rest', reply.errorCode);
    done();
  });
}

/** With names in the place of values: paths hold what people are called. */
export function routeOf({ routeOptions: { url } }: FastifyRequest): string {
  return url === undefined || url.endsWith('*') ? 'none' : url;
}
