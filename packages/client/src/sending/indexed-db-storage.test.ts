import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { indexedDbStorage } from './indexed-db-storage.ts';
import type { StoredMessage } from './message-storage.ts';

const message = (key: string, body = key): StoredMessage => ({
  key,
  conversation: 'CH1',
  content: { body },
  created: 1,
  attempted: null,
  media: null,
  failure: null,
});
const keys = (messages: StoredMessage[]) => messages.map(({ key }) => key);

/** The browser's locks, as far as they are used: each is held until its work is done, or its page is closed. */
class Locks {
  readonly held = new Set<string>();
  #turn: Promise<unknown> = Promise.resolve();

  async request<T>(name: string, work: () => Promise<T>): Promise<T> {
    // Only those that all pages share are ever waited for.
    const before = name.endsWith('load') ? this.#turn : Promise.resolve();
    const mine = before.then(() => {
      this.held.add(name);
      return work().finally(() => this.held.delete(name));
    });
    if (name.endsWith('load')) this.#turn = mine.catch(() => {});
    return mine;
  }

  async query() {
    return { held: [...this.held].map((name) => ({ name })) };
  }
}

let locks: Locks;
beforeEach(() => {
  locks = new Locks();
  vi.stubGlobal('indexedDB', new IDBFactory());
  vi.stubGlobal('navigator', { locks });
});
afterEach(() => vi.unstubAllGlobals());

/** A page that ends: its locks go with it. */
async function page() {
  const before = new Set(locks.held);
  const storage = indexedDbStorage();
  await storage.load('nobody');
  const [own] = [...locks.held].filter((name) => !before.has(name));
  return { storage, close: () => locks.held.delete(own as string) };
}

it('gives the next page what a page left, in its order, as it was saved last', async () => {
  const { storage, close } = await page();
  for (const key of ['a', 'b', 'c']) await storage.save('US1', message(key));
  await storage.save('US1', message('a', 'changed'));
  await storage.remove('US1', 'b');
  close();
  const next = await page();
  const found = await next.storage.load('US1');
  expect(keys(found)).toEqual(['a', 'c']);
  expect(found[0]?.content.body).toBe('changed');
  await next.storage.remove('US1', 'a');
  next.close();
  expect(keys(await (await page()).storage.load('US1'))).toEqual(['c']);
});

it('keeps users apart, and files whole', async () => {
  const { storage, close } = await page();
  const bytes = new Uint8Array([1, 2, 3]);
  await storage.save('US1', { ...message('a'), content: { body: 'a', subject: 'with a file' }, media: ['ME1'] });
  await storage.save('US2', { ...message('b'), content: { files: [bytes] } as never });
  close();
  const next = await page();
  expect(keys(await next.storage.load('US1'))).toEqual(['a']);
  const [other] = await next.storage.load('US2');
  expect(other?.content).toEqual({ files: [bytes] });
});

it('leaves to a page that lives what is its own, and to one page only what another one left', async () => {
  const first = await page();
  await first.storage.save('US1', message('a'));
  const second = await page();
  const third = await page();
  expect(await second.storage.load('US1')).toEqual([]);
  first.close();
  const found = await Promise.all([second.storage.load('US1'), third.storage.load('US1')]);
  expect(found.map(keys).sort()).toEqual([[], ['a']]);
});

it('takes everything for its own where there are no locks', async () => {
  vi.stubGlobal('navigator', {});
  await indexedDbStorage().save('US1', message('a'));
  expect(keys(await indexedDbStorage().load('US1'))).toEqual(['a']);
});

it('says so when there is no database', async () => {
  vi.stubGlobal('indexedDB', undefined);
  await expect(indexedDbStorage().load('US1')).rejects.toThrow();
});
