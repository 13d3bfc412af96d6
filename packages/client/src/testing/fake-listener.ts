import type { AddressInfo } from 'node:net';
import { realtimePath, realtimeSubprotocol } from '@colloquy/protocol';
import { WebSocketServer } from 'ws';
import type { FakeServer } from './fake-server.ts';
import { FakeSession } from './fake-session.ts';

/** Puts the fake server on a real port. */
export async function listen(server: FakeServer): Promise<{ url: string; cut(): void; close(): Promise<void> }> {
  const sockets = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    path: realtimePath,
    handleProtocols: (offered) => offered.has(realtimeSubprotocol) && realtimeSubprotocol,
  });
  await new Promise((resolve) => sockets.once('listening', resolve));
  sockets.on('connection', (socket) => {
    const session = new FakeSession(server, {
      send: (frame) => socket.send(frame),
      close: (code) => socket.close(code),
    });
    socket.on('message', (data) => session.receive(String(data)));
    socket.on('close', () => session.gone());
  });
  const cut = () => {
    for (const socket of sockets.clients) socket.terminate();
  };
  return {
    url: `http://127.0.0.1:${(sockets.address() as AddressInfo).port}`,
    cut,
    close: async () => {
      cut();
      await new Promise((resolve) => sockets.close(resolve));
    },
  };
}
