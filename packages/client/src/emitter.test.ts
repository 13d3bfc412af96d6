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
});
