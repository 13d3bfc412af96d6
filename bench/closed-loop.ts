/** K callers, each of which makes its next call when the last one was answered. */
export interface Figures {
  perSecond: number;
  p50: number;
  p99: number;
}

/** @param seconds how long; a second of warming up comes before and is not counted */
export async function closedLoop(
  callers: number,
  seconds: number,
  call: (caller: number) => Promise<unknown>,
): Promise<Figures> {
  const times: number[] = [];
  const begin = performance.now() + 1000;
  const end = begin + seconds * 1000;
  await Promise.all(
    Array.from({ length: callers }, async (_unused, caller) => {
      for (let now = performance.now(); now < end; ) {
        await call(caller);
        const after = performance.now();
        if (now >= begin && after < end) times.push(after - now);
        now = after;
      }
    }),
  );
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN;
  return { perSecond: Math.round(times.length / seconds), p50: at(0.5), p99: at(0.99) };
}
