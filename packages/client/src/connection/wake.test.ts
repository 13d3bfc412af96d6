import { expect, it } from 'vitest';
import { onWake } from './wake.ts';

class FakePage extends EventTarget {
  fire(type: string): void {
    this.dispatchEvent(new Event(type));
  }
}

it('calls when the network is back or the page is looked at, not when it is turned away from', () => {
  const document = Object.assign(new FakePage(), { visibilityState: 'hidden' });
  const page = Object.assign(new FakePage(), { document });
  const gone = new AbortController();
  let calls = 0;
  onWake(() => (calls += 1), gone.signal, page);
  page.fire('online');
  document.fire('visibilitychange');
  expect(calls).toBe(1);
  document.visibilityState = 'visible';
  document.fire('visibilitychange');
  expect(calls).toBe(2);
  gone.abort();
  page.fire('online');
  document.fire('visibilitychange');
  expect(calls).toBe(2);
});

it('does without a page', () => {
  onWake(() => {}, new AbortController().signal, {});
});
