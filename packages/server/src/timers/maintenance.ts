import type { Sid } from '@colloquy/protocol';
import type { Logger } from 'pino';
import { type Bus, isWoken } from '../bus/bus.ts';
import { sweepConversations } from '../core/conversations/sweep.ts';
import type { Core } from '../core/core.ts';
import { purgeIdempotency } from '../core/idempotency.ts';
import { purgeInbound } from '../core/inbound/actions.ts';
import { purgeOutbox } from '../core/outbox/actions.ts';
import { workKinds } from '../core/outbox/kinds.ts';
import { sweepWoken } from '../core/sweeps.ts';
import { resumeUserRemovals } from '../core/users/remove.ts';
import { purgeDeliveries } from '../core/webhooks/log.ts';

const purgeEvery = 60 * 60 * 1000;
/** After a failure, as when the database was away; milliseconds. */
const retryAfter = 60_000;

/**
 * Clears away what nobody will ask for again: messages and logs of what was removed, and old idempotency keys,
 * inbound events and dead letters. Begins with what the last run of the server left.
 *
 * @returns what stops it, after the piece under way
 */
export function startMaintenance(core: Core, bus: Bus, account: Sid<'AC'>, logger: Logger): { stop(): Promise<void> } {
  const actor = { kind: 'system', account } as const;
  let stopped = false;
  let work: Promise<void> = Promise.resolve();

  const retries = new Map<() => Promise<void>, () => void>();
  const queue = (job: () => Promise<void>) => {
    retries.get(job)?.();
    retries.delete(job);
    work = work.then(job).catch((error) => {
      logger.error({ error }, 'maintenance failed; it is tried again in a minute');
      if (!stopped)
        retries.set(
          job,
          core.clock.at(core.clock.now() + retryAfter, () => queue(job)),
        );
    });
  };
  const resume = async () => {
    while (!stopped && (await core.run(resumeUserRemovals, actor, {})).more);
  };
  const sweep = async () => {
    while (!stopped && (await core.run(sweepConversations, actor, {})).more);
  };
  const purge = async () => {
    while (!stopped && (await core.run(purgeIdempotency, actor, {})).more);
    while (!stopped && (await core.run(purgeInbound, actor, {})).more);
    for (const kind of workKinds) while (!stopped && (await core.run(purgeOutbox, actor, { kind })).more);
    while (!stopped && (await core.run(purgeDeliveries, actor, {})).more);
  };

  queue(resume);
  queue(sweep);
  queue(purge);
  const unsubscribe = bus.subscribe(({ woken }) => {
    if (isWoken(woken, sweepWoken)) queue(sweep);
  });
  const purgeAgain = () => {
    // What another server began, and did not end.
    queue(resume);
    queue(sweep);
    queue(purge);
    cancelPurge = core.clock.at(core.clock.now() + purgeEvery, purgeAgain);
  };
  let cancelPurge = core.clock.at(core.clock.now() + purgeEvery, purgeAgain);

  return {
    stop: () => {
      stopped = true;
      unsubscribe();
      cancelPurge();
      for (const callOff of retries.values()) callOff();
      return work;
    },
  };
}
