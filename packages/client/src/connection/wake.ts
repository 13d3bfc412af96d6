/** What of a browser's globals is listened to; in Node and React Native it is not there. */
interface Page {
  addEventListener?(type: string, listener: () => unknown, options: { signal: AbortSignal }): void;
  document?: Page & { visibilityState?: string };
}

/**
 * Calls back when a browser has its network again, or its page is looked at again: the moments at which timers may
 * have slept and sockets may have died unnoticed.
 *
 * @param signal ends it
 */
export function onWake(callback: () => void, signal: AbortSignal, page: Page = globalThis as Page): void {
  const { document } = page;
  page.addEventListener?.('online', callback, { signal });
  document?.addEventListener?.('visibilitychange', () => document.visibilityState === 'visible' && callback(), {
    signal,
  });
}
