import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { limits, realtimePath, realtimeSubprotocol } from '@colloquy/protocol';
import type { FastifyInstance } from 'fastify';
import { publicUrlOf } from '../http/public-url.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { SocketDoor } from '../sessions/web-sockets.ts';
import type { Wire } from '../sessions/wire.ts';
import type { RealtimeDependencies } from './method.ts';
import { registerPolling } from './polling.ts';
import { Session } from './session.ts';

/** Has a session begin on a wire. @param request what the client opened it with */
export type BeginSession = (wire: Wire, request: IncomingMessage) => Session;

/**
 * The realtime API's doors: WebSockets at one path of the HTTP server, and requests below it for where they do not get
 * through.
 *
 * @param publicUrl null: derived from each connection's request
 * @returns the door for WebSockets
 */
export function serveRealtime(
  app: FastifyInstance,
  sessions: Sessions,
  parts: Omit<RealtimeDependencies, 'rates' | 'presence' | 'hub'>,
  publicUrl: string | null = null,
): SocketDoor {
  const { presence, rates, hub } = sessions;
  const dependencies = { ...parts, presence, rates, hub };
  const begin: BeginSession = (wire, request) => {
    const session = new Session(randomUUID(), publicUrlOf(request, publicUrl), wire, dependencies);
    sessions.begin(session);
    return session;
  };
  registerPolling(app, sessions, begin, { clock: parts.core.clock, logger: parts.logger });
  return {
    path: realtimePath,
    maxFrame: limits.realtimeFrameBytes,
    subprotocol: realtimeSubprotocol,
    begin,
  };
}
