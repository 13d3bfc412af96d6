import { setTimeout } from 'node:timers/promises';
import { type Asking, hasTable, moveTable } from './contents.ts';

/** Longer than the last changes of a move take; milliseconds. */
const patience = 60_000;
const askEvery = 100;

/**
 * Waits while a database is still being filled from SQLite: the last step of that begins when the old server stops, and
 * the new one may be there before it is done.
 *
 * @param onWait told in a sentence that it has to
 * @throws Error when it does not end, as when the old server still runs
 */
export async function awaitMove(connection: Asking, onWait: (sentence: string) => void): Promise<void> {
  const until = performance.now() + patience;
  for (let looks = 0; await hasTable(connection, moveTable); looks += 1) {
    if (looks === 0) {
      onWait(
        '`colloquy migrate` is filling the database; this server waits until that is done, for up to ' +
          `${patience / 1000} seconds. It goes on when the old server is stopped.`,
      );
    }
    if (performance.now() > until) {
      throw new Error(
        'The database is still being filled by `colloquy migrate`, which waits until the old server stops. Stop it, ' +
          'or if the move was given up, name another database.',
      );
    }
    await setTimeout(askEvery);
  }
}
