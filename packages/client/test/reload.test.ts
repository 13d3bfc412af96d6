/** Messages that outlive their page, with the database and the locks of a real browser. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isSkipped } from '../../../scripts/browser.mjs';
import { Pages } from './chromium.ts';
import { startServer } from './server.ts';
import { bundleSources } from './sources.ts';

const page = `<!doctype html><meta charset="utf-8"><body><script src="./colloquy.js"></script><script>
const { Client, indexedDbStorage } = Colloquy;

/** In the page that ends: writes without a connection. Resolves when all is kept. */
async function write(token, { url }, sid) {
  let socket;
  let isCut = false;
  class Line extends WebSocket {
    constructor(...given) {
      super(...given);
      socket = this;
      if (isCut) this.close();
    }
  }
  const storage = indexedDbStorage();
  const kept = new Set();
  let done;
  const allKept = new Promise((resolve) => (done = resolve));
  const save = async (scope, message) => {
    await storage.save(scope, message);
    kept.add(message.key);
    if (kept.size === 3) done();
  };
  const options = { url, transports: ['websocket'], webSocket: Line, storage: { ...storage, save } };
  const client = await Client.create(token, options);
  const room = await client.getConversationBySid(sid);
  const lost = new Promise((resolve) => client.once('connectionStateChanged', resolve));
  isCut = true;
  socket.close();
  await lost;
  room.sendMessage('one');
  room.sendMessage({ contentType: 'text/plain', filename: 'two.txt', media: new Blob(['two']) });
  room.sendMessage('three');
  await allKept;
}

async function talk([token], { url }) {
  const first = await Client.create(token, { url });
  const { sid } = await (await first.createConversation()).join();
  await first.shutdown();

  const frame = document.createElement('iframe');
  frame.src = location.href;
  const loaded = new Promise((resolve) => (frame.onload = resolve));
  document.body.append(frame);
  await loaded;
  await frame.contentWindow.write(token, { url }, sid);
  const [lock] = (await navigator.locks.query()).held;
  frame.remove();
  // The page has ended when its lock is free.
  await navigator.locks.request(lock.name, () => {});

  const client = new Client(token, { url, storage: indexedDbStorage() });
  await new Promise((resolve) => {
    let added = 0;
    client.on('messageAdded', () => {
      added += 1;
      if (added === 3) resolve();
    });
  });
  const room = await client.getConversationBySid(sid);
  const { items } = await room.getMessages();
  const said = items.map(({ body, media }) => body ?? media.filename + ', ' + media.size);
  await client.shutdown();
  return said;
}
</script>`;

it.skipIf(isSkipped)(
  'What was written without a connection is sent by the next page, once and in order, files included.',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'colloquy-reload-'));
    const server = await startServer();
    writeFileSync(join(folder, 'index.html'), page);
    await bundleSources(folder);
    const pages = await Pages.open(folder);
    try {
      const said = await pages.talk('index.html', await server.pair(), { url: server.url });
      expect(said).toEqual(['one', 'two.txt, 3', 'three']);
    } finally {
      await pages.close();
      await server.discard();
      rmSync(folder, { recursive: true });
    }
  },
  60_000,
);
