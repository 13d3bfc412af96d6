const signals = ['SIGINT', 'SIGTERM'] as const;

/**
 * Ctrl-C reaches every process of the terminal, and npm and other wrappers pass on what they get: signals this close
 * together, in milliseconds, are one wish.
 */
const oneWish = 250;

/**
 * Ends the process on SIGINT and SIGTERM: with 0 once `close` is done, with 1 if that fails or takes too long, and
 * with 1 at once when a second signal comes.
 *
 * @param close ends what is under way
 * @param say where to tell the person who waits
 * @param drainLimit milliseconds that `close` may take; longer than any request or delivery attempt should
 */
export function stopOnSignal(
  close: () => Promise<void>,
  say: (sentence: string) => void,
  drainLimit: () => number = () => 10_000,
): void {
  let stopping = false;
  let impatient = false;

  const stop = () => {
    if (impatient) process.exit(1);
    if (stopping) return;
    stopping = true;
    const limit = drainLimit();
    setTimeout(() => {
      impatient = true;
      say('Finishing what is under way. A second signal ends it at once.');
    }, oneWish);
    setTimeout(() => {
      say(`Not everything was finished after ${limit / 1000} seconds.`);
      process.exit(1);
    }, limit);
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        say(`Stopping failed: ${error instanceof Error ? error.stack : String(error)}`);
        process.exit(1);
      },
    );
  };
  for (const signal of signals) process.on(signal, stop);
}
