/** A bare `ws` server: whatever it is told, it answers with as many bytes as it was asked for. The floor of a start. */
import { type AddressInfo, WebSocketServer } from 'ws';

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (socket) => {
  socket.on('message', (bytes) => socket.send('x'.repeat(Number(String(bytes)))));
});
server.on('listening', () => {
  process.send?.({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` });
});

process.on('message', (message) => {
  if (message === 'cpu') process.send?.(process.cpuUsage());
  else process.exit(0);
});
