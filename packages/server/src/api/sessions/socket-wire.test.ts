import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { turnsWhile } from '../../testing/turns.ts';
import { SocketWire } from './socket-wire.ts';

const server = createServer();
let wire: SocketWire;
let socket: Socket;
let client: Socket;
const messages: number[] = [];

beforeEach(async () => {
  messages.length = 0;
  const sockets = new WebSocketServer({ noServer: true });
  server.once('upgrade', (request, below, head) => {
    socket = below as Socket;
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      wire = new SocketWire(webSocket, socket);
      webSocket.on('message', (data: Buffer) => messages.push(data.length));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const head = ['GET / HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
  client.write(`${[...head, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='].join('\r\n')}\r\n\r\n`);
  await once(client, 'data');
});
afterEach(async () => {
  client.destroy();
  server.close();
  await once(server, 'close');
});

/** A frame of a client, masked with zeros: RFC 6455, section 5.2. */
function frame(first: number, length: number): Buffer {
  const head = length < 126 ? [0x80 | length] : [0xfe, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([first, ...head, 0, 0, 0, 0]), Buffer.alloc(length, 'x')]);
}

/** Until the server has it. */
async function send(bytes: Buffer): Promise<void> {
  const before = socket.bytesRead;
  client.write(bytes);
  await turnsWhile(() => socket.bytesRead < before + bytes.length);
}

test('What has come of a frame that is not whole is known, whatever control frames come between its parts.', async () => {
  expect(wire.begun).toBe(0);
  const [begin, ping, rest] = [frame(0x01, 30_000), frame(0x89, 100), frame(0x80, 20_000)];
  await send(begin);
  expect(wire.begun).toBe(begin.length);
  for (let n = 0; n < 3; n += 1) await send(ping);
  expect(wire.begun).toBe(begin.length);
  await send(rest.subarray(0, 1000));
  expect(wire.begun).toBe(begin.length + 1000);
  await send(rest.subarray(1000));
  expect([wire.begun, messages]).toEqual([0, [50_000]]);
  for (let n = 0; n < 3; n += 1) await send(ping);
  expect(wire.begun).toBe(0);
});
