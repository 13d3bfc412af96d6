import type { StorageUnavailable } from '../connection.ts';
import type { RunBatch } from '../driver.ts';
import type { Writer } from '../writer.ts';
import { Lane } from './lane.ts';
import { laneCount } from './settings.ts';

/**
 * Transactions side by side, each lane's over a connection that is made when it is first used.
 *
 * @param onTrouble told of what failed for want of a database, whoever asked for it
 */
export function openPostgresWriter(url: string, run: RunBatch, onTrouble?: (error: Error) => void): Writer {
  const lanes = Array.from({ length: laneCount }, () => new Lane(url, run));
  const underWay = new Set<Promise<unknown>>();
  return {
    write: (lane, calls, keys) => {
      const written = (lanes[lane] as Lane).write(calls, keys).catch((error: StorageUnavailable) => {
        onTrouble?.(error);
        throw error;
      });
      const ended = written.catch(() => {}).finally(() => underWay.delete(ended));
      underWay.add(ended);
      return written;
    },
    close: async () => {
      await Promise.all(underWay);
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
}
