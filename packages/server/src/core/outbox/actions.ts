/**
 * Work that a command leaves to be done outside its transaction: claimed by a dispatcher under a lease, done,
 * and settled where the lease still holds. Kinds of work whose result changes more than the outbox settle it
 * in commands of their own (see `core/receipts/actions.ts`), with the functions of `store.ts`.
 */
import type { OutboxTable } from '../../storage/schema.ts';
import { defineCommand } from '../command.ts';
import type { Transaction } from '../transaction.ts';
import { holdLane, holdLanes, lanesClaimed, orderOf } from './lane.ts';
import {
  bury,
  claimHeads,
  deleteDeadBefore,
  endLeases,
  finish,
  finishAndGoOn,
  putBack,
  putBackNext,
  renew,
  takeExpired,
  unclaim,
} from './store.ts';

/** How long a dead letter waits for an operator. */
const deadKeptFor = 30 * 24 * 60 * 60 * 1000;

/** A piece of work as its handler gets it. */
export interface Work {
  id: string;
  kind: string;
  lane: string;
  /** JSON text. */
  payload: string;
  /** Counts from 1. */
  attempt: number;
  lease: string;
  /** What the attempt before this one met, as it was put back. */
  lastError: string | null;
  dateCreated: number;
  /** What it came from, where traces are made: W3C `traceparent`. */
  trace: string | null;
}

export interface ClaimWork {
  kind: string;
  /** At most so many pieces. */
  limit: number;
  /** A name for this claim that nobody else uses. */
  lease: string;
  /** How long nobody else may take them, in milliseconds. */
  leaseMs: number;
}

/** Claims the heads of lanes that are due. */
export const claimWork = defineCommand({
  name: 'outbox.claim',
  orderKey: (input: ClaimWork) => `outbox ${input.kind}`,
  urgent: true,
  run: async (tx, _actor, input: ClaimWork): Promise<Work[]> =>
    (await tx.all(claimHeads, leaseRequest(input, tx.now))).map(present),
});

/** Takes over work whose lease ran out: whoever had it died or hangs, and what became of it is unknown. */
export const reapLeases = defineCommand({
  name: 'outbox.reap',
  orderKey: (input: ClaimWork) => `outbox ${input.kind}`,
  urgent: true,
  run: async (tx, _actor, input: ClaimWork): Promise<Work[]> =>
    (await tx.all(takeExpired, leaseRequest(input, tx.now))).map(present),
});

/**
 * At the start of a process that has the database for itself: whoever holds a lease died with the process before.
 * What he was at is taken over at once instead of when the lease runs out.
 */
export const endLeasesOfTheDead = defineCommand({
  name: 'outbox.end-leases',
  orderKey: () => 'outbox',
  urgent: true,
  run: async (tx, _actor, _input: Record<never, never>) => {
    await endLeases(tx);
    return {};
  },
});

/** What came of settling a piece of work that is done. */
export interface Settled {
  /** False: the lease has passed to somebody else, and nothing was changed. */
  held: boolean;
  /** The next of its lane, for whoever had this one; under the same lease. */
  next?: Work | undefined;
}

/**
 * Takes done work out.
 *
 * @param nextFor for how many milliseconds whoever had it has the next of its lane; undefined: everybody may claim that
 */
export async function settleDone(
  tx: Transaction,
  { id, lane, lease, nextFor }: Claimed & { nextFor?: number | undefined },
): Promise<Settled> {
  if (nextFor === undefined) return { held: await finish(tx, id, lease) };
  const { held, next } = await finishAndGoOn(tx, { id, lane, lease }, tx.now + nextFor);
  return { held, ...(next && { next: present(next) }) };
}

/** The next of the lane is for everybody to claim, as if it had not been given out. */
export async function giveNextBack(tx: Transaction, { held, next }: Settled): Promise<Settled> {
  if (next) await putBackNext(tx, next.lane, next.lease);
  return { held };
}

/** Where a piece of work lies. */
interface Claimed {
  id: string;
  lane: string;
  lease: string;
}

/** All of these answer false where the lease has passed to somebody else; then they changed nothing. */
export const finishWork = defineCommand({
  name: 'outbox.finish',
  orderKey: (input: Claimed) => orderOf(input),
  urgent: true,
  run: async (tx, _actor, input: Claimed): Promise<boolean> => {
    await holdLane(tx, input.lane);
    return finish(tx, input.id, input.lease);
  },
});

/**
 * Ends the lease of work that nobody is at any more and whose outcome could not be noted: it counts as expired, and somebody
 * takes it over. Where it was noted and only the answer to that was lost, so was the next of the lane, which nobody has begun.
 */
export const abandonWork = defineCommand({
  name: 'outbox.abandon',
  orderKey: (input: Claimed & { kind: string }) => orderOf(input),
  urgent: true,
  run: async (tx, _actor, input: Claimed & { kind: string }): Promise<boolean> => {
    const { id, lane, lease } = input;
    const ended = await renew(tx, { id, lease, until: tx.now });
    if (!ended) {
      await holdLane(tx, lane);
      if (!(await putBackNext(tx, lane, lease))) return false;
    }
    tx.woken.add(input.kind);
    return true;
  },
});

/** Puts back what was claimed by somebody who never heard of it: nobody has begun it. */
export const unclaimWork = defineCommand({
  name: 'outbox.unclaim',
  orderKey: (input: Pick<ClaimWork, 'kind' | 'lease'>) => `outbox ${input.kind}`,
  urgent: true,
  run: async (tx, _actor, { kind, lease }: Pick<ClaimWork, 'kind' | 'lease'>): Promise<boolean> => {
    await holdLanes(tx, await lanesClaimed(tx, kind, lease));
    if (!(await unclaim(tx, kind, lease))) return false;
    tx.woken.add(kind);
    return true;
  },
});

export interface RetryWork extends Claimed {
  notBefore: number;
  error: string | null;
  /** False: the attempt was none, for example because the provider asked to slow down. */
  counted: boolean;
}

export const retryWork = defineCommand({
  name: 'outbox.retry',
  orderKey: (input: RetryWork) => orderOf(input),
  urgent: true,
  run: async (tx, _actor, input: RetryWork): Promise<boolean> => {
    // One way there and back: they are carried out in this order.
    const [, held] = await Promise.all([holdLane(tx, input.lane), putBack(tx, input)]);
    return held;
  },
});

export interface RecoverLater extends Claimed {
  until: number;
}

/**
 * Has expired work taken over once more, later: what came of it could not be settled, and is as unknown as before. What was
 * noted of earlier attempts stays.
 */
export const recoverLater = defineCommand({
  name: 'outbox.recover-later',
  orderKey: (input: RecoverLater) => orderOf(input),
  urgent: true,
  run: (tx, _actor, { id, lease, until }: RecoverLater): Promise<boolean> => renew(tx, { id, lease, until }, true),
});

export interface BuryWork extends Claimed {
  error: string;
}

export const buryWork = defineCommand({
  name: 'outbox.bury',
  orderKey: (input: BuryWork) => orderOf(input),
  urgent: true,
  run: async (tx, _actor, input: BuryWork): Promise<boolean> => {
    await holdLane(tx, input.lane);
    return bury(tx, input.id, input.lease, input.error);
  },
});

/**
 * Forgets a piece of the dead letters that nobody sent again within 30 days.
 *
 * @returns whether there is more to do
 */
export const purgeOutbox = defineCommand({
  name: 'outbox.purge',
  orderKey: (input: { kind: string }) => `outbox ${input.kind}`,
  run: async (tx, _actor, { kind }: { kind: string }): Promise<{ more: boolean }> => ({
    more: await deleteDeadBefore(tx, kind, tx.now - deadKeptFor),
  }),
});

function leaseRequest(input: ClaimWork, now: number) {
  return { kind: input.kind, limit: input.limit, lease: input.lease, until: now + input.leaseMs, now };
}

function present(row: OutboxTable): Work {
  return {
    id: row.id,
    kind: row.kind,
    lane: row.lane,
    payload: row.payload,
    attempt: row.attempt,
    lease: row.lease ?? '',
    lastError: row.last_error,
    dateCreated: row.date_created,
    trace: row.trace,
  };
}
