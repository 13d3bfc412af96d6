/** Files from a page of another origin to a real server, with what browsers have for that. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isSkipped } from '../../../scripts/browser.mjs';
import { Pages } from './chromium.ts';
import { startServer } from './server.ts';
import { bundleSources } from './sources.ts';

const page = `<!doctype html><meta charset="utf-8"><script src="./colloquy.js"></script><script>
async function talk([token], { url }) {
  const client = await Colloquy.Client.create(token, { url });
  const room = await client.createConversation({ friendlyName: 'Album' });
  await room.join();
  const steps = [];
  const form = new FormData();
  form.append('file', new File([new Uint8Array(20_000_000)], 'größe.bin', { type: 'application/x-big' }));
  await room.sendMessage(form, {}, {}, { onProgress: (step) => steps.push(step) });
  const { media } = (await room.getMessages()).items[0];
  const stored = await (await fetch(await media.getContentTemporaryUrl())).arrayBuffer();

  const leaving = new AbortController();
  let given = 0;
  const part = new Uint8Array(20_000_000);
  const big = { contentType: 'application/x-big', media: new Blob(Array(7).fill(part)) };
  const onProgress = (step) => {
    given = step;
    leaving.abort();
  };
  const codeOf = (work) => work.then(() => 'done', ({ code }) => code);
  const aborted = await codeOf(room.sendMessage(big, {}, {}, { signal: leaving.signal, onProgress }));
  const refused = await codeOf(room.sendMessage({ contentType: 'image/png', media: '<html><script>1<\\/script>' }));
  const messages = await room.getMessagesCount();
  const left = room.pendingMessages.map(({ status }) => status);
  await client.shutdown();
  const { filename, contentType, size } = media;
  return { steps, filename, contentType, size, stored: stored.byteLength, aborted, given, refused, messages, left };
}
</script>`;

it.skipIf(isSkipped)(
  'A page sends a file with its progress, gives one up, and hears why one is refused.',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'colloquy-upload-'));
    const server = await startServer();
    writeFileSync(join(folder, 'index.html'), page);
    await bundleSources(folder);
    const pages = await Pages.open(folder);
    try {
      const { steps, given, ...told } = (await pages.talk('index.html', await server.pair(), { url: server.url })) as {
        steps: number[];
        given: number;
      };
      expect(told).toEqual({
        filename: 'größe.bin',
        contentType: 'application/x-big',
        size: 20_000_000,
        stored: 20_000_000,
        aborted: 104,
        refused: 50511,
        messages: 1,
        left: ['failed'],
      });
      // A browser tells of it every 50 ms, in which the smaller file may have gone: that it is told meanwhile is for the other.
      expect(steps).toEqual([...steps].sort((a, b) => a - b));
      expect(steps.at(-1)).toBe(1);
      expect(given).toBeLessThan(1);
    } finally {
      await pages.close();
      await server.discard();
      rmSync(folder, { recursive: true });
    }
  },
  120_000,
);
