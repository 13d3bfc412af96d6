import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Knows all connections of an HTTP server, so that its end need not wait for a peer who never finishes what he began,
 * or never begins.
 */
export function trackConnections(server: Server): { cutUnused(): void; cutAll(): void } {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  const cut = (which: (socket: Socket) => boolean) => {
    for (const socket of open) if (which(socket)) socket.destroy();
  };
  return {
    // Browsers open connections in advance; Node takes them for ones whose request is under way.
    cutUnused: () => cut((socket) => socket.bytesRead === 0),
    cutAll: () => cut(() => true),
  };
}
