import { describe, expect, it, vi } from 'vitest';
import { Emitter } from './emitter.ts';

type Events = { said: (word: string, times: number) => void; left: () => void };

describe('an emitter', () => {
  it('calls listeners in order, those of `once` once, with all arguments', () => {
    const emitter = new Emitter<Events>();
    const heard: unknown[] = [];
    emitter.on('said', (word, times) => heard.push(['first', word, times]));
    emitter.once('said', (word) => heard.push(['once', word]));
    emitter.addListener('said', (word) => heard.push(['last', word]));
    expect(emitter.emit('said', 'a', 1)).toBe(true);
    expect(emitter.emit('said', 'b', 2)).toBe(true);
    expect(emitter.emit('left')).toBe(false);
    expect(heard).toEqual([
      ['first', 'a', 1],
      ['once', 'a'],
      ['last', 'a'],
      ['first', 'b', 2],
      ['last', 'b'],
    ]);
  });

  it('forgets one registration with off, all of an event, or everything', () => {
    const emitter = new Emitter<Events>();
    const listener = vi.fn();
    emitter.on('said', listener).on('said', listener).on('left', listener);
    expect([emitter.listenerCount('said'), emitter.listenerCount()]).toEqual([2, 3]);
    emitter.off('said', listener);
    emitter.removeListener('said', () => {});
    expect(emitter.listenerCount('said')).toBe(1);
    emitter.removeAllListeners('said');
    expect([emitter.listenerCount('said'), emitter.listenerCount()]).toEqual([0, 1]);
    emitter.removeAllListeners();
    emitter.emit('left');
    expect(listener).not.toHaveBeenCalled();
  });

  it('finishes a round as it began, whoever comes or goes meanwhile', () => {
    const emitter = new Emitter<Events>();
    const late = vi.fn();
    const second = vi.fn();
    emitter.once('left', () => emitter.off('left', second).on('left', late));
    emitter.on('left', second);
    emitter.emit('left');
    expect([second.mock.calls.length, late.mock.calls.length]).toEqual([1, 0]);
    emitter.emit('left');
    expect([second.mock.calls.length, late.mock.calls.length]).toEqual([1, 1]);
  });

  it('goes on when a listener throws, and lets the error surface on its own', () => {
    vi.useFakeTimers();
    const emitter = new Emitter<Events>();
    const after = vi.fn();
    emitter.on('left', () => {
      throw new Error('listener');
    });
    emitter.on('left', after);
    emitter.emit('left');
    expect(after).toHaveBeenCalledOnce();
    expect(() => vi.runAllTimers()).toThrow('listener');
    vi.useRealTimers();
  });

  it('tells those who come late what an event brought last', () => {
    const emitter = new Emitter<Events>();
    const heard: unknown[] = [];
    emitter.onWithReplay('said', (word) => heard.push(['on', word]));
    emitter.emit('said', 'a', 1);
    emitter.emit('said', 'b', 2);
    emitter.onWithReplay('said', (word, times) => heard.push(['late', word, times]));
    emitter.onceWithReplay('said', (word) => heard.push(['once', word]));
    emitter.onceWithReplay('left', () => heard.push(['left']));
    emitter.emit('said', 'c', 3);
    emitter.emit('left');
    emitter.emit('left');
    expect(heard).toEqual([
      ['on', 'a'],
      ['on', 'b'],
      ['late', 'b', 2],
      ['once', 'b'],
      ['on', 'c'],
      ['late', 'c', 3],
      ['left'],
    ]);
  });

  it('gives events to a loop, in order and none lost while it is busy, until the loop is left', async () => {
    const emitter = new Emitter<Events>();
    const words: string[] = [];
    const said = emitter.events('said');
    for (const word of ['a', 'b', 'c']) emitter.emit('said', word, 1);
    for await (const word of said) {
      words.push(word);
      if (word === 'a') emitter.emit('said', 'd', 1);
      if (word === 'd') break;
    }
    expect(words).toEqual(['a', 'b', 'c', 'd']);
    expect(emitter.listenerCount()).toBe(0);
    expect(await said.next()).toEqual({ value: undefined, done: true });
  });

  it('ends a loop that waits when its signal aborts, and one that never began', async () => {
    const emitter = new Emitter<Events>();
    const leaving = new AbortController();
    const waiting = (async () => {
      for await (const word of emitter.events('said', { signal: leaving.signal })) expect.unreachable(word);
    })();
    leaving.abort();
    await waiting;
    const late = emitter.events('said', { signal: leaving.signal });
    expect((await late.next()).done).toBe(true);
    expect(emitter.listenerCount()).toBe(0);
  });
});
