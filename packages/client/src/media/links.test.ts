import { describe, expect, it } from 'vitest';
import { connected } from '../testing/start.ts';

const sid = (n: number) => `ME${String(n).padStart(32, '0')}`;

async function withMedia(count: number) {
  const world = await connected();
  const sids = Array.from({ length: count }, (_none, n) => sid(n));
  for (const each of sids) world.server.upload('alice', { sid: each });
  const { client, asked } = world;
  return {
    ...world,
    sids,
    urls: (some: string[]) => client.getTemporaryContentUrlsForMediaSids(some),
    /** How many each request asked for. */
    sizes: () => asked('media.links').map(({ params }) => (params as { media: string[] }).media.length),
  };
}

describe('temporary addresses', () => {
  it('come for all that are wanted at the same moment in one request', async () => {
    const { sids, urls, sizes } = await withMedia(3);
    const [all, one] = await Promise.all([urls(sids.slice(0, 2)), urls(sids.slice(1))]);
    expect([...all.keys()]).toEqual(sids.slice(0, 2));
    expect(one.get(sid(2))).toContain(sid(2));
    expect(sizes()).toEqual([3]);
  });

  it('are asked for by the hundred', async () => {
    const { sids, urls, sizes } = await withMedia(250);
    expect((await urls(sids)).size).toBe(250);
    expect(sizes()).toEqual([100, 100, 50]);
  });

  it('are kept for four minutes', async () => {
    const { sids, urls, sizes, timers } = await withMedia(1);
    const first = await urls(sids);
    await timers.advance(239_999);
    expect(await urls(sids)).toEqual(first);
    expect(sizes()).toEqual([1]);
    await timers.advance(1);
    await urls(sids);
    expect(sizes()).toEqual([1, 1]);
  });

  it('fail for what is not there, and for nothing else', async () => {
    const { sids, urls } = await withMedia(2);
    const [good, bad] = await Promise.allSettled([urls(sids), urls([sid(9)])]);
    expect(good).toMatchObject({ status: 'fulfilled' });
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 50507 } });
  });

  it('are asked for again after a failure', async () => {
    const { urls, server } = await withMedia(0);
    await expect(urls([sid(1)])).rejects.toMatchObject({ code: 50507 });
    server.upload('alice', { sid: sid(1) });
    expect((await urls([sid(1)])).size).toBe(1);
  });

  it('need not be waited for', async () => {
    const { sids, urls } = await withMedia(1);
    const promise = urls(sids);
    promise.cancel();
    await expect(promise).rejects.toMatchObject({ code: 104 });
    expect((await urls(sids)).size).toBe(1);
  });
});
