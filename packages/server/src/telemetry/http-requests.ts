import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { type Context, context } from './context.ts';
import type { Telemetry } from './telemetry.ts';
import { parseTraceParent } from './traceparent.ts';

declare module 'fastify' {
  interface FastifyReply {
    /** Code of the error that the request was answered with. */
    errorCode?: number;
  }
}

/** Those who watch over the server ask these all the time. */
const unlogged: ReadonlySet<string> = new Set(['/health', '/ready', '/metrics']);

/**
 * Has every request over HTTP counted, named in the log lines of what it does and, if that is wanted, logged itself: what
 * was asked for and what came of it, never who asked, whom it is about or what was said.
 */
export function watchRequests(app: FastifyInstance, { metrics }: Telemetry, log: Logger | undefined): void {
  // Not earlier: after a body has arrived, what follows comes from the socket and knows nothing of what was before.
  app.addHook('preValidation', (request, _reply, done) => {
    context.run(contextOf(request), done);
  });
  if (!metrics && !log) return;
  app.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const { statusCode: status, elapsedTime: ms, errorCode: code } = reply;
    const route = routeOf(request);
    metrics?.httpRequest(method, route, status, ms);
    if (code !== undefined) metrics?.error('rest', code);
    if (log && !unlogged.has(route)) {
      const error = code !== undefined && { code };
      log.info({ ...contextOf(request), method, route, status, ...error, ms: Math.round(ms * 10) / 10 }, 'answered');
    }
    done();
  });
}

function contextOf({ id, headers: { traceparent } }: FastifyRequest): Context {
  const trace = traceparent === undefined ? undefined : parseTraceParent(traceparent)?.trace;
  return trace === undefined ? { request: id } : { request: id, trace };
}

/** With names in the place of values: paths hold what people are called. */
export function routeOf({ routeOptions: { url } }: FastifyRequest): string {
  return url === undefined || url.endsWith('*') ? 'none' : url;
}
