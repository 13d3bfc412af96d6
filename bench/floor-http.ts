/** The floor of REST: node:http with nothing around it, before the floor of durable messages. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FloorStore } from './floor-store.ts';

const directory = mkdtempSync(join(tmpdir(), 'colloquy-bench-'));
const store = await FloorStore.open(directory, 100);

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const conversation = store.conversations[Number(request.url?.split('/')[3])] as string;
    const message = { author: form.get('Author') ?? '', body: form.get('Body') ?? '' };
    const index = await store.append(conversation, message.author, message.body);
    const body = JSON.stringify({ conversation_sid: conversation, index, ...message });
    response.writeHead(201, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  });
});
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', 4096, () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on('message', async (message) => {
  if (message === 'cpu') {
    process.send?.(process.cpuUsage());
    return;
  }
  await store.close();
  rmSync(directory, { recursive: true, force: true });
  process.exit(0);
});
