import { describe, expect, it } from 'vitest';
import { collectGarbage } from '../testing/garbage.ts';
import { ObjectCache } from './object-cache.ts';
import { RemovedSids } from './removed-sids.ts';

class Thing {
  readonly sid: string;
  listeners = 0;
  constructor(sid: string) {
    this.sid = sid;
  }
  listenerCount(): number {
    return this.listeners;
  }
}

describe('the cache', () => {
  it('knows an object that was pushed out as long as somebody holds it', () => {
    const cache = new ObjectCache<Thing>(2);
    const held = new Thing('0');
    cache.add(held);
    for (let at = 1; at < 5; at += 1) cache.add(new Thing(String(at)));
    expect(cache.get('0')).toBe(held);
    expect(cache.of(undefined)).toContain(held);
    cache.delete('0');
    expect(cache.get('0')).toBeUndefined();
  });

  it('keeps those that were used last', async () => {
    const cache = new ObjectCache<Thing>(2);
    const refs = ['a', 'b', 'c'].map((sid) => {
      const thing = new Thing(sid);
      cache.add(thing);
      cache.get('a');
      return new WeakRef(thing);
    });
    await collectGarbage();
    expect(refs.map((ref) => ref.deref()?.sid)).toEqual(['a', undefined, 'c']);
    expect(cache.get('b')).toBeUndefined();
  });

  it('never lets go of an object that somebody listens to', async () => {
    const cache = new ObjectCache<Thing>(1);
    addListened(cache);
    for (let at = 0; at < 600; at += 1) cache.add(new Thing(String(at)));
    await collectGarbage();
    expect(cache.get('listened')?.listeners).toBe(1);
  });

  it('does not grow with what passes through it', async () => {
    const cache = new ObjectCache<Thing>(10);
    for (let round = 0; round < 20; round += 1) {
      for (let at = 0; at < 500; at += 1) cache.add(new Thing(`${round}-${at}`));
      await collectGarbage();
    }
    cache.add(new Thing('last'));
    expect(cache.of(undefined).length).toBeLessThan(600);
  });

  it('does without weak references where there are none', () => {
    const { WeakRef: real } = globalThis;
    Reflect.deleteProperty(globalThis, 'WeakRef');
    try {
      const cache = new ObjectCache<Thing>(1);
      cache.add(new Thing('a'));
      cache.add(new Thing('b'));
      expect(cache.of(undefined).map(({ sid }) => sid)).toEqual(['b']);
    } finally {
      globalThis.WeakRef = real;
    }
  });
});

it('remembers the last thousand SIDs that were removed', () => {
  const removed = new RemovedSids();
  for (let at = 0; at <= 1000; at += 1) removed.add(`MB${at}`);
  expect([removed.has('MB0'), removed.has('MB1'), removed.has('MB1000')]).toEqual([false, true, true]);
});

/** In a function of its own, so that nothing but the cache holds it. */
function addListened(cache: ObjectCache<Thing>): void {
  const thing = new Thing('listened');
  thing.listeners = 1;
  cache.add(thing);
}
