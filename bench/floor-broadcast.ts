/** The floor of deliveries: the `ws` package, and a loop that sends each message that comes to everyone who is there. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
const everyone = new Set<WebSocket>();
sockets.on('connection', (socket) => {
  everyone.add(socket);
  socket.on('close', () => everyone.delete(socket));
  socket.on('message', (data) => {
    const text = String(data);
    for (const each of everyone) each.send(text);
  });
});
server.listen(0, '127.0.0.1', 4096, () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on('message', (message) => {
  if (message === 'cpu') process.send?.(process.cpuUsage());
  else process.exit(0);
});
