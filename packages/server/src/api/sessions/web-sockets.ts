import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Sessions } from './sessions.ts';

/** Where WebSockets come in, and what becomes of one. */
export interface SocketDoor {
  path: string;
  /** The largest frame that a client may send; bytes. */
  maxFrame: number;
  /** The subprotocol that it speaks, where one has a name. */
  subprotocol?: string;
  /** @param socket what is below the WebSocket */
  accept(webSocket: WebSocket, socket: Duplex, request: IncomingMessage): void;
}

/**
 * Upgrades of the HTTP server, each to the door at its path.
 *
 * @returns a function that takes no more of them
 */
export function acceptWebSockets(server: Server, sessions: Sessions, doors: readonly SocketDoor[]): () => void {
  const byPath = new Map(doors.map((door) => [door.path, { door, sockets: webSocketServer(door) }]));
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const at = byPath.get((request.url ?? '').split('?', 1)[0] ?? '');
    if (!at) return turnAway(socket, '404 Not Found\r\n');
    if (sessions.isFull) return turnAway(socket, '503 Service Unavailable\r\nRetry-After: 5\r\n');
    at.sockets.handleUpgrade(request, socket, head, (webSocket) => at.door.accept(webSocket, socket, request));
  });
  return () => {
    for (const { sockets } of byPath.values()) sockets.close();
  };
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
