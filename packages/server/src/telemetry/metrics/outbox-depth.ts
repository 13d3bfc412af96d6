import type { Clock } from '../../core/clock.ts';
import { outboxDepths } from '../../core/outbox/depth.ts';
import { workKinds } from '../../core/outbox/kinds.ts';
import type { Db } from '../../storage/db.ts';
import type { OutboxPart } from './metrics.ts';

/** Of each kind and state: reading so many takes some milliseconds, in which the main thread does nothing else. */
const counted = 10_000;
/** However many ask, it is read as often; milliseconds. */
const goodFor = 10_000;

/** Looks up what is in the outbox. @returns undefined while the storage cannot be read */
export function outboxReader(db: Db, clock: Clock): () => Promise<readonly OutboxPart[] | undefined> {
  let known: Promise<readonly OutboxPart[] | undefined> = Promise.resolve(undefined);
  let until = Number.NEGATIVE_INFINITY;
  const read = async () => {
    try {
      const now = clock.now();
      const depths = await outboxDepths(db, workKinds, counted);
      return depths.map(({ kind, state, entries, oldest }) => {
        const age = entries === 0 ? 0 : Math.max(0, now - oldest);
        return { kind, state, entries, age };
      });
    } catch {
      // A scrape is to show what can be seen, most of all when something is wrong.
      return undefined;
    }
  };
  return () => {
    if (clock.now() >= until || clock.now() < until - goodFor) {
      until = clock.now() + goodFor;
      known = read();
    }
    return known;
  };
}
