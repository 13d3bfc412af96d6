import type { Clock } from '../../core/clock.ts';
import { initializationWork } from '../../core/combined/create.ts';
import { inboundWork } from '../../core/inbound/queue.ts';
import { outboxDepths } from '../../core/outbox/depth.ts';
import { pushWork } from '../../core/push/plan.ts';
import { channelWork } from '../../core/receipts/plan.ts';
import { webhookWork } from '../../core/webhooks/deliveries.ts';
import type { Db } from '../../storage/db.ts';
import type { OutboxPart } from './metrics.ts';

const kinds = [channelWork, webhookWork, pushWork, inboundWork, initializationWork];
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
      const depths = await outboxDepths(db, kinds, counted);
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
