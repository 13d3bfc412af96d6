import type { StorageUnavailable } from '../connection.ts';
import type { Call, Committed, RunBatch } from '../driver.ts';
import { Lane } from './lane.ts';
import { laneCount } from './settings.ts';

/**
 * Transactions side by side, each lane's over a connection that is made when it is first used.
 *
 * @param onTrouble told of what failed for want of a database, whoever asked for it
 */
export function openPostgresWriter(url: string, run: RunBatch, onTrouble?: (error: Error) => void) {
  const lanes = Array.from({ length: laneCount }, () => new Lane(url, run));
  const underWay = new Set<Promise<unknown>>();
  return {
    write: (lane: number, calls: readonly Call[], keys: readonly (readonly string[])[]): Promise<Committed> => {
      const written = (lanes[lane] as Lane).write(calls, keys).catch((error: StorageUnavailable) => {
        onTrouble?.(error);
        throw error;
      });
      const ended = written.catch(() => {}).finally(() => underWay.delete(ended));
      underWay.add(ended);
      return written;
    },
    /** Finishes the transactions under way, then closes. */
    close: async (): Promise<void> => {
      await Promise.all(underWay);
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
}
