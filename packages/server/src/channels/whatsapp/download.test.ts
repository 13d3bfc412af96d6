import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { serveWeb, type WebServer } from '@colloquy/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MediaGone } from '../channel.ts';
import { openSendWorld, type SendWorld } from './send-world.ts';

const day = 24 * 60 * 60 * 1000;
const bytes = Buffer.from('a picture');

let world: SendWorld;
let elsewhere: WebServer;
let asked: (string | undefined)[];
beforeEach(async () => {
  world = await openSendWorld();
  asked = [];
  elsewhere = await serveWeb(async (request, response) => {
    asked.push(request.headers.authorization);
    if (request.url === '/loop') response.writeHead(302, { Location: '/loop' }).end();
    else response.writeHead(200, { 'Content-Type': 'image/png' }).end(bytes);
  });
});
afterEach(async () => {
  await world.close();
  await elsewhere.close();
});

/** What the channel keeps of a file that somebody sent now. */
function sent(more: object = {}) {
  const file = world.simulator.world.keepFile({ contentType: 'image/png', filename: null, bytes }, 7 * day);
  return { id: file.id, deadline: world.clock.now() + 7 * day, ...more };
}
async function fetched(source: unknown): Promise<string> {
  const file = await world.channel.fetchMedia(source, new AbortController().signal);
  return (await buffer(file.bytes)).toString();
}
const urls = () => world.simulator.journal.filter(({ path }) => /^\/v24\.0\/10375432\d+$/.test(path)).length;
const downloads = () => world.simulator.journal.filter(({ path }) => path.includes('attachments')).length;

describe('A file of a person', () => {
  it('is asked for by its id, and read from where that says, both with the token', async () => {
    expect(await fetched(sent())).toBe('a picture');
    expect(world.simulator.journal.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer simulated-token',
      'Bearer simulated-token',
    ]);
  });

  it('has its digest checked, in whatever digits Meta writes it', async () => {
    const digest = createHash('sha256').update(bytes).digest();
    for (const sha256 of [digest.toString('hex'), digest.toString('hex').toUpperCase(), digest.toString('base64')]) {
      expect(await fetched(sent({ sha256 }))).toBe('a picture');
      world.simulator.break({ api: 'download', kind: 'changed' });
      await expect(fetched(sent({ sha256 }))).rejects.toThrow('not those that were sent');
    }
  });

  it('has a new URL where the old one is over, once; then it is tried later', async () => {
    world.simulator.break({ api: 'download', kind: { http: 404 } });
    expect(await fetched(sent())).toBe('a picture');
    expect([urls(), downloads()]).toEqual([2, 2]);
    world.simulator.break({ api: 'download', kind: { http: 404 }, count: 2 });
    await expect(fetched(sent())).rejects.toThrow('404');
    world.simulator.break({ api: 'download', kind: { http: 500 } });
    await expect(fetched(sent())).rejects.toThrow('500');
    expect([urls(), downloads()]).toEqual([5, 5]);
  });

  it('is read at once where the webhook says where it is, and asked for when that is over or elsewhere', async () => {
    const { id } = sent();
    const headers = { authorization: 'Bearer simulated-token' };
    const answer = await fetch(`${world.simulator.url}/v24.0/${id}`, { headers });
    const { url } = (await answer.json()) as { url: string };
    const before = urls();
    const source = sent({ url });
    expect(await fetched(source)).toBe('a picture');
    expect(urls()).toBe(before);
    expect(await fetched(sent({ url: `${elsewhere.url}/file` }))).toBe('a picture');
    expect([urls(), asked]).toEqual([before + 1, []]);
    world.clock.advance(5 * 60 * 1000);
    expect(await fetched(source)).toBe('a picture');
    expect(urls()).toBe(before + 2);
  });

  it('is read with the token at another port of the same host, if Meta says that it is there', async () => {
    const graph = await serveWeb(async (_request, response) => {
      response.end(JSON.stringify({ url: `${elsewhere.url}/file` }));
    });
    await world.close();
    world = await openSendWorld({ graphUrl: graph.url });
    expect(await fetched(sent())).toBe('a picture');
    expect(asked).toEqual(['Bearer simulated-token']);
    await graph.close();
  });

  it('is tried later while Meta does not answer, or refuses the token', async () => {
    for (const kind of ['cut', { code: 190 }, { http: 502 }] as const) {
      world.simulator.break({ api: 'url', kind });
      const failing = fetched(sent());
      await expect(failing).rejects.not.toThrow(MediaGone);
    }
  });

  it('is gone after seven days, when it cannot be had, and had as long as it can be', async () => {
    const source = sent();
    const kept = { ...sent(), deadline: world.clock.now() + day };
    world.clock.advance(2 * day);
    expect(await fetched(kept)).toBe('a picture');
    world.clock.advance(5 * day - 1);
    expect(await fetched(source)).toBe('a picture');
    world.clock.advance(1);
    await expect(fetched(source)).rejects.toThrow(MediaGone);
    await expect(fetched('nonsense')).rejects.toThrow(MediaGone);
    await expect(fetched(null)).rejects.toThrow(MediaGone);
  });

  it('is read without the token where it is sent on to another host, and not in circles or inside', async () => {
    world.simulator.break({ api: 'download', kind: { redirect: `${elsewhere.url}/file` } });
    expect(await fetched(sent())).toBe('a picture');
    expect(asked).toEqual([undefined]);
    world.simulator.break({ api: 'download', kind: { redirect: `${elsewhere.url}/loop` } });
    await expect(fetched(sent())).rejects.toThrow('too many redirects');
    world.simulator.break({ api: 'download', kind: { redirect: 'http://10.0.0.1/' } });
    await expect(fetched(sent())).rejects.toThrow('not public');
    expect(asked.every((header) => header === undefined)).toBe(true);
  });

  it('stops when it is called off', async () => {
    world.simulator.break({ api: 'url', kind: 'silent' });
    const abort = new AbortController();
    const failing = world.channel.fetchMedia(sent(), abort.signal);
    abort.abort();
    await expect(failing).rejects.toThrow('called off');
  });
});
