import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The connections of an HTTP server, for its end. */
export interface Connections {
  /**
   * From now on each answer says that its connection ends with it, those of requests under way as well: a caller or a
   * proxy that reuses connections learns it before the server closes them, and loses no request to that.
   */
  announceEnd(): void;
  /** Cuts those over which nothing has come. */
  cutUnused(): void;
  cutAll(): void;
}

/**
 * Knows all connections of an HTTP server, so that its end need not wait for a peer who never finishes what he began,
 * or never begins.
 */
export function trackConnections(server: Server): Connections {
  /** With the answer that was last asked for on each. */
  const open = new Map<Socket, ServerResponse | undefined>();
  let ending = false;
  server.on('connection', (socket) => {
    open.set(socket, undefined);
    socket.once('close', () => open.delete(socket));
  });
  // Before the routes, which may answer at once.
  server.prependListener('request', ({ socket }, response) => {
    if (ending) endAfter(response);
    else if (open.has(socket)) open.set(socket, response);
  });
  const cut = (which: (socket: Socket) => boolean) => {
    for (const socket of open.keys()) if (which(socket)) socket.destroy();
  };
  return {
    announceEnd: () => {
      ending = true;
      for (const response of open.values()) if (response && !response.headersSent) endAfter(response);
    },
    // Browsers open connections in advance; Node takes them for ones whose request is under way.
    cutUnused: () => cut((socket) => socket.bytesRead === 0),
    cutAll: () => cut(() => true),
  };
}

function endAfter(response: ServerResponse): void {
  response.setHeader('Connection', 'close');
}
