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

/** A page, and what it finds. Its locks go with it, whether the client was shut down or nobody said a word. */
async function page(scope = 'nobody') {
  const storage = indexedDbStorage();
  const before = new Set(locks.held);
  const found = await storage.load(scope);
  const own = [...locks.held].filter((name) => !before.has(name));
  return { storage, found: keys(found), end: () => own.map((name) => locks.held.delete(name)) };
}

it('gives the next page what a page left, in its order, as it was saved last', async () => {
  const { storage, end } = await page();
  for (const key of ['a', 'b', 'c']) await storage.save('US1', message(key));
  await storage.save('US1', message('a', 'changed'));
  await storage.remove('US1', 'b');
  end();
  const next = indexedDbStorage();
  const found = await next.load('US1');
  expect(keys(found)).toEqual(['a', 'c']);
  expect(found[0]?.content.body).toBe('changed');
  await next.remove('US1', 'a');
  next.close?.();
  await settled();
  expect((await page('US1')).found).toEqual(['c']);
});

it('keeps users apart, and files whole', async () => {
  const { storage, end } = await page();
  const bytes = new Uint8Array([1, 2, 3]);
  await storage.save('US1', { ...message('a'), content: { body: 'a', subject: 'with a file' }, media: ['ME1'] });
  await storage.save('US2', { ...message('b'), content: { files: [bytes] } as never });
  end();
  expect((await page('US1')).found).toEqual(['a']);
  const [other] = await indexedDbStorage().load('US2');
  expect(other?.content).toEqual({ files: [bytes] });
});

it('leaves to a page that lives what is its own, and to one page only what another one left', async () => {
  const first = await page();
  await first.storage.save('US1', message('a'));
  expect((await page('US1')).found).toEqual([]);
  first.end();
  const found = await Promise.all([page('US1'), page('US1')]);
  expect(found.map((one) => one.found).sort()).toEqual([[], ['a']]);
});

it('gives a second client of the same page what the first one left', async () => {
  const storage = indexedDbStorage();
  await storage.load('US1');
  await storage.save('US1', message('a'));
  storage.close?.();
  await settled();
  expect(keys(await storage.load('US1'))).toEqual(['a']);
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

/** What was let go is seen to be so a turn later. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
