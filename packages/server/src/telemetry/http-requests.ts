import type { FastifyInstance, FastifyRequest } from 'fastify';
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
export function watchRequests(app: FastifyInstance, { metrics, spans, requestLog }: Telemetry): void {
  if (spans) {
    app.addHook('onRequest', (request, _reply, done) => {
      spans.beginRequest(request, routeOf(request));
      done();
    });
  }
  // Not earlier: after a body has arrived, what follows comes from the socket and knows nothing of what was before.
  app.addHook('preValidation', (request, _reply, done) => {
    const span = spans?.ofRequest(request);
    context.run(span ? { request: request.id, trace: span.trace, span } : contextOf(request), done);
  });
  if (!metrics && !spans && !requestLog) return;
  app.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const { statusCode: status, elapsedTime: ms, errorCode: code } = reply;
    const route = routeOf(request);
    metrics?.httpRequest(method, route, status, ms);
    if (code !== undefined) metrics?.error('rest', code);
    const trace = spans?.ofRequest(request)?.trace;
    spans?.endRequest(request, status, code);
    if (requestLog && !unlogged.has(route)) {
      const who = trace === undefined ? contextOf(request) : { request: request.id, trace };
      const error = code !== undefined && { code };
      requestLog.info({ ...who, method, route, status, ...error, ms: Math.round(ms * 10) / 10 }, 'answered');
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
