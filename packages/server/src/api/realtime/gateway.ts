import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { limits, realtimePath, realtimeSubprotocol } from '@colloquy/protocol';
import { WebSocketServer } from 'ws';
import type { RateLimits } from '../../core/rates/rate-limits.ts';
import { Presence } from '../../delivery/realtime/presence.ts';
import { publicUrlOf } from '../http/public-url.ts';
import { heartbeat } from './connect-methods.ts';
import { ConnectionRates } from './connection-rates.ts';
import type { RealtimeDependencies } from './method.ts';
import { Session } from './session.ts';

/** A socket that has not sent its connect request by then is closed. */
const connectWithin = 10_000;
const sweepEvery = 1000;
const connectionLimit = 50_000;
/** How long clients may take to close their side when the server stops. */
const farewell = 2000;

/**
 * The realtime API's door: WebSockets at one path of the HTTP server.
 *
 * @returns a function that closes all sockets, telling the clients to resume elsewhere or later
 */
export function serveRealtime(
  server: Server,
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
  const { core, hub, bus, logger } = parts;
  const rates = new ConnectionRates(core.clock, rateLimits);
  const presence = new Presence(core, bus, logger);
  const dependencies: RealtimeDependencies = { ...parts, rates, presence };
  const sessions = new Set<Session>();
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
    if (sessions.size >= connectionLimit) {
      turnAway(socket, '503 Service Unavailable\r\nRetry-After: 5\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const session = new Session(randomUUID(), publicUrlOf(request, publicUrl), webSocket, socket, dependencies);
      sessions.add(session);
      webSocket.on('error', (error) => logger.debug({ error, session: session.id }, 'a socket failed'));
      webSocket.on('close', () => {
        sessions.delete(session);
        rates.leave(session);
        presence.exit(session);
        hub.leave(session, session.watched);
      });
    });
  });

  let pinged = core.clock.now();
  const sweep = () => {
    const now = core.clock.now();
    const pinging = now - pinged >= heartbeat;
    if (pinging) pinged = now;
    for (const session of sessions) {
      session.checkToken(now);
      if (!session.connected && now - session.opened > connectWithin) session.close(4408);
      // Two pings without any answer.
      else if (now - session.lastHeard > 2 * heartbeat + sweepEvery) session.terminate();
      else if (pinging) session.ping();
    }
    cancelSweep = core.clock.at(now + sweepEvery, sweep);
  };
  let cancelSweep = core.clock.at(pinged + sweepEvery, sweep);

  return {
    close: async () => {
      cancelSweep();
      for (const session of sessions) session.close(1001);
      await presence.stop();
      sockets.close();
      // Real time: whoever does not answer the farewell must not hold up the end of the process.
      for (let waited = 0; sessions.size > 0 && waited < farewell; waited += 20) await setTimeout(20);
      for (const session of sessions) session.terminate();
    },
  };
}

/** The HTTP server has let go of the socket by then: nobody else would close it if the peer does not. */
function turnAway(socket: Duplex, head: string): void {
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${head}Connection: close\r\nContent-Length: 0\r\n\r\n`);
}
