import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { HeldSession, Sessions } from './sessions.ts';
import { SocketWire } from './socket-wire.ts';
import { type Stranger, Strangers } from './strangers.ts';
import type { Wire } from './wire.ts';

/** WebSockets on which nobody has connected yet. One that says nothing is closed after ten seconds, so many come in a few. */
const strangerLimit = 5000;

/** A session that a WebSocket can carry, and what it hears of that. */
export interface SocketSession extends HeldSession, Stranger {
  receive(message: Buffer, isBinary: boolean): void;
  /** The client gave a sign of life. */
  heard(): void;
  /** What the client had not read it has read now. */
  drained?(): void;
  /** The WebSocket is gone. */
  ended?(): void;
}

/** Where WebSockets come in, and what becomes of one. */
export interface SocketDoor {
  path: string;
  /** The largest frame that a client may send; bytes. */
  maxFrame: number;
  /** The subprotocol that it speaks, where one has a name. */
  subprotocol?: string;
  /** Has a session begin. @param request what the client opened the WebSocket with */
  begin(wire: Wire, request: IncomingMessage): SocketSession;
}

/**
 * Upgrades of the HTTP server, each to the door at its path.
 *
 * @param strangers who have not said yet who they are
 * @returns a function that takes no more of them
 */
export function acceptWebSockets(
  server: Server,
  sessions: Sessions,
  doors: readonly SocketDoor[],
  logger: Logger,
  strangers = new Strangers(strangerLimit),
): () => void {
  const byPath = new Map(doors.map((door) => [door.path, { door, sockets: webSocketServer(door) }]));
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const at = byPath.get((request.url ?? '').split('?', 1)[0] ?? '');
    if (!at) return turnAway(socket, '404 Not Found\r\n');
    if (sessions.isFull || !strangers.makeRoom())
      return turnAway(socket, '503 Service Unavailable\r\nRetry-After: 5\r\n');
    at.sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const session = at.door.begin(new SocketWire(webSocket, socket as Socket), request);
      strangers.add(session);
      webSocket.once('close', () => strangers.delete(session));
      carry(session, { webSocket, socket, sessions, logger });
    });
  });
  return () => {
    for (const { sockets } of byPath.values()) sockets.close();
  };
}

interface Carrier {
  webSocket: WebSocket;
  /** What is below the WebSocket. */
  socket: Duplex;
  sessions: Sessions;
  logger: Logger;
}

function carry(session: SocketSession, { webSocket, socket, sessions, logger }: Carrier): void {
  webSocket.on('message', (data, isBinary) => session.receive(data as Buffer, isBinary));
  webSocket.on('pong', () => session.heard());
  webSocket.on('error', (error) => logger.debug({ error, session: session.id }, 'a socket failed'));
  socket.on('drain', () => session.drained?.());
  webSocket.on('close', () => {
    session.ended?.();
    sessions.end(session);
  });
}

function webSocketServer({ maxFrame, subprotocol }: SocketDoor): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    // Frames are small, and compressing them costs more than sending them.
    perMessageDeflate: false,
    maxPayload: maxFrame,
    clientTracking: false,
    handleProtocols: (offered) => (subprotocol !== undefined && offered.has(subprotocol) ? subprotocol : false),
  });
}

/** The HTTP server has let go of the socket by then: nobody else would close it if the peer does not. */
function turnAway(socket: Duplex, head: string): void {
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${head}Connection: close\r\nContent-Length: 0\r\n\r\n`);
}
