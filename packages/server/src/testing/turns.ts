import { setImmediate } from 'node:timers/promises';

/** Less than a test may take, so that it fails with what it waited for, and does not spin on beside the next one. */
const longest = 25_000;

/**
 * Lets the event loop turn as long as something is so: for what happens over sockets, and that nobody tells of.
 *
 * @throws Error when it still is after 25 seconds
 */
export async function turnsWhile(so: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + longest;
  while (await so()) {
    if (performance.now() > end) throw new Error(`It went on to be so: ${so}`);
    await setImmediate();
  }
}
