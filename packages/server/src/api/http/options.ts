import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { limits, type RestErrorBody } from '@colloquy/protocol';
import { type FastifyBaseLogger, type FastifyHttpOptions, LogController } from 'fastify';
import type { Logger } from 'pino';
import { longestUpload } from '../../core/media/actions.ts';
import { errorBody, errorHandler, notFound } from './errors.ts';
import { requestIds } from './request-id.ts';

/** How the HTTP server behaves before any route is found. */
export function fastifyOptions(logger: Logger): FastifyHttpOptions<Server> {
  const answerError = errorHandler(logger);
  return {
    loggerInstance: logger as FastifyBaseLogger,
    // A line, or only a logger of its own, for each request costs as much as the request's work. What goes wrong
    // is logged with the request's id.
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (parent) => parent,
    genReqId: requestIds(),
    bodyLimit: limits.requestBodyBytes,
    // For all of a request to arrive, uploads included; `body-time.ts` gives all others a minute. A caller who trickles
    // would hold his connection for ever.
    requestTimeout: longestUpload,
    // What arrives on a connection that is still in use when the server stops is done before it ends.
    return503OnClosing: false,
    exposeHeadRoutes: false,
    // Identities and unique names stand in paths; how long a header may be bounds them.
    routerOptions: { maxParamLength: Number.MAX_SAFE_INTEGER },
    frameworkErrors: (_error, request, reply) => {
      // A path that cannot be decoded.
      answerError(notFound(request), request, reply);
    },
    clientErrorHandler: answerUnreadable,
    http: { shouldUpgradeCallback: asksForWebSocket },
  };
}

/**
 * Other protocols are offered, not demanded (RFC 9110, section 7.8): HTTP clients of Java come with `h2c` or `TLS/1.2`
 * in requests that are to be answered as they are.
 */
function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return /(?:^|,)[ \t]*websocket[ \t]*(?:,|$)/i.test(headers.upgrade ?? '');
}

/** What is not HTTP, or too much of it, never becomes a request: this answers on the bare socket. */
function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { line, body } = describeUnreadable(error.code);
  const text = JSON.stringify(body);
  // A peer that never closes its side would keep the socket for ever.
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${line}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
  );
}

function describeUnreadable(code: string | undefined): { line: string; body: RestErrorBody } {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return { line: '431 Request Header Fields Too Large', body: { ...errorBody(20413), status: 431 } };
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { line: '408 Request Timeout', body: { ...errorBody(20422, 'Request took too long'), status: 408 } };
  }
  return { line: '400 Bad Request', body: errorBody(20422, 'Not a request that HTTP/1.1 allows') };
}
