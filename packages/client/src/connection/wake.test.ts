import { expect, it } from 'vitest';
import { onWake } from './wake.ts';

function fakePage() {
  const listeners = new Map<string, Set<() => void>>();
  return {
    addEventListener: (type: string, listener: () => void) => {
      listeners.set(type, (listeners.get(type) ?? new Set()).add(listener));
    },
    removeEventListener: (type: string, listener: () => void) => void listeners.get(type)?.delete(listener),
    fire: (type: string) => {
      for (const listener of listeners.get(type) ?? []) listener();
    },
  };
}

it('calls when the network is back or the page is looked at, not when it is turned away from', () => {
  const document = { ...fakePage(), visibilityState: 'hidden' };
  const page = { ...fakePage(), document };
  let calls = 0;
  const stop = onWake(() => (calls += 1), page);
  page.fire('online');
  document.fire('visibilitychange');
  expect(calls).toBe(1);
  document.visibilityState = 'visible';
  document.fire('visibilitychange');
  expect(calls).toBe(2);
  stop();
  page.fire('online');
  document.fire('visibilitychange');
  expect(calls).toBe(2);
});

it('does without a page', () => {
  onWake(() => {}, {})();
});
