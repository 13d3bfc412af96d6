import type { IncomingMessage, Server } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Scheduler } from '../../core/clock.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Does the route itself watch over how its body arrives, which may take long? */
    slowBody?: boolean;
  }
}

/** How long the body of a request may take to arrive, in milliseconds. */
const longestBody = 60_000;

/**
 * Cuts off whoever sends a body at a trickle, to hold a connection. Node has such a limit for all requests alike,
 * which would cut off long uploads as well.
 */
export function limitBodyTime(app: FastifyInstance, clock: Scheduler): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const { raw, routeOptions } = request;
    const hasBody = raw.headers['content-length'] !== undefined || raw.headers['transfer-encoding'] !== undefined;
    // What is injected has no connection, and is there as a whole.
    if (hasBody && raw.socket instanceof Socket && !routeOptions.config.slowBody) {
      const callOff = clock.at(clock.now() + longestBody, () => cutOff(app.server, raw));
      raw.once('close', callOff);
    }
    done();
  });
}

function cutOff(server: Server, { complete, socket }: IncomingMessage): void {
  if (complete || socket.destroyed) return;
  // As Node itself says it, so that it is answered in one place.
  server.emit('clientError', Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket);
}
