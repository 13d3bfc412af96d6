import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { limits, realtimePath, realtimeSubprotocol } from '@colloquy/protocol';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import type { RateLimits } from '../../core/rates/rate-limits.ts';
import { Presence } from '../../delivery/realtime/presence.ts';
import { ConnectionRates } from './connection-rates.ts';
import type { RealtimeDependencies } from './method.ts';
import { registerPolling } from './polling.ts';
import { Sessions } from './sessions.ts';
import { SocketWire } from './socket-wire.ts';

/**
 * The realtime API's doors: WebSockets at one path of the HTTP server, and requests below it for where they do not get
 * through.
 *
 * @returns a function that closes all connections, telling the clients to resume elsewhere or later
 */
export function serveRealtime(
  app: FastifyInstance,
  {
    rateLimits = {},
    publicUrl = null,
    ...parts
  }: Omit<RealtimeDependencies, 'rates' | 'presence'> & {
    rateLimits?: RateLimits;
    /** Null: derived from each connection's request. */
    publicUrl?: string | null;
  },
): { close(): Promise<void> } {
  const { core, bus, logger } = parts;
  const rates = new ConnectionRates(core.clock, rateLimits);
  const presence = new Presence(core, bus, logger);
  const sessions = new Sessions({ ...parts, rates, presence }, publicUrl);
  const sockets = acceptSockets(app.server, sessions, logger);
  registerPolling(app, sessions, { clock: core.clock, logger });
  return {
    close: async () => {
      await sessions.close();
      sockets.close();
    },
  };
}

function acceptSockets(server: Server, sessions: Sessions, logger: Logger): WebSocketServer {
  const sockets = new WebSocketServer({
    noServer: true,
    // Frames are small, and compressing them costs more than sending them.
    perMessageDeflate: false,
    maxPayload: limits.realtimeFrameBytes,
    clientTracking: false,
    handleProtocols: (offered) => (offered.has(realtimeSubprotocol) ? realtimeSubprotocol : false),
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const path = (request.url ?? '').split('?', 1)[0];
    if (path !== realtimePath) {
      turnAway(socket, '404 Not Found\r\n');
      return;
    }
    if (sessions.isFull) {
      turnAway(socket, '503 Service Unavailable\r\nRetry-After: 5\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const session = sessions.begin(new SocketWire(webSocket, socket), request);
      webSocket.on('message', (data, isBinary) => session.receive(data as Buffer, isBinary));
      webSocket.on('pong', () => session.heard());
      webSocket.on('error', (error) => logger.debug({ error, session: session.id }, 'a socket failed'));
      webSocket.on('close', () => sessions.end(session));
    });
  });
  return sockets;
}

/** The HTTP server has let go of the socket by then: nobody else would close it if the peer does not. */
function turnAway(socket: Duplex, head: string): void {
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${head}Connection: close\r\nContent-Length: 0\r\n\r\n`);
}
