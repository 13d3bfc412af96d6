import { type Limits, limits } from '@colloquy/protocol';
import {
  OutcomeUnknown,
  StorageUnavailable,
  UniqueViolation,
  UnstorableText,
  type WritingConnection,
} from '../storage/connection.ts';
import type { Db } from '../storage/db.ts';
import type { Call, Committed, Outcome, Rehearsed } from '../storage/driver.ts';
import type { Actor } from './actor.ts';
import type { AnyCommand } from './command.ts';
import { recallAnswer, rememberAnswer, requirePredecessor } from './idempotency.ts';
import { Refusal, refuse } from './refusal.ts';
import { runTogether } from './together.ts';
import { Transaction } from './transaction.ts';
import { planWebhooks } from './webhooks/plan.ts';

/** What a batch is run with. */
interface Means {
  connection: WritingConnection;
  db: Db;
  commandNamed: (name: string) => AnyCommand | undefined;
  limits: Limits;
}

/**
 * Group commit: runs calls one after the other in one transaction, each in its own savepoint, and commits
 * once for all of them. That one wait for the disk is what a message costs most, and here it is shared.
 * Where statements are dear, neighbours of one command are run together instead.
 *
 * Rejects when the transaction itself fails (a full disk, a lost connection); then nothing has happened.
 */
export async function runBatch(
  connection: WritingConnection,
  db: Db,
  commandNamed: (name: string) => AnyCommand | undefined,
  calls: readonly Call[],
  ownLimits: Limits = limits,
): Promise<Committed> {
  const means = { connection, db, commandNamed, limits: ownLimits };
  const groups = groupsOf(connection, commandNamed, calls);
  try {
    return await runGroups(means, groups);
  } catch (error) {
    if (error instanceof StorageUnavailable || !groups.some(({ command }) => command)) throw error;
    // One of those that were run together is at fault, and finds out which when each is alone.
    return runGroups(means, [{ calls: [...calls] }]);
  }
}

async function runGroups(means: Means, groups: readonly Group[]): Promise<Committed> {
  const { connection, db } = means;
  const outcomes: Outcome[] = [];
  /** Of those that did something, in order. */
  const carriedOut: Transaction[] = [];
  let written: Promise<unknown> | undefined;
  await connection.begin();
  try {
    for (const { command, calls } of groups) {
      await written;
      const several = command && (await runTogether(connection, db, command, calls, means.limits));
      written = several?.written;
      for (const [at, call] of calls.entries()) {
        const known = several?.done[at];
        if (known) {
          outcomes.push({ ok: true, value: known.value });
          carriedOut.push(known.tx);
          continue;
        }
        await written;
        const { outcome, tx } = await attempt(means, call);
        outcomes.push(outcome);
        if (outcome.ok && !call.rehearsal) carriedOut.push(tx);
      }
    }
    await commit(connection, written);
  } catch (error) {
    await connection.rollback();
    throw error;
  }
  const events = carriedOut.flatMap((tx) => tx.events);
  return { outcomes, events, woken: [...new Set(carriedOut.flatMap((tx) => [...tx.woken]))] };
}

/** @param written what is still under way: a commit behind it comes about only if all of it does */
async function commit(connection: WritingConnection, written: Promise<unknown> | undefined): Promise<void> {
  const [wrote, ended] = await Promise.allSettled([written, connection.commit()]);
  // Where the connection broke and the commit turned out to have come about, the ids of the events never came: servers find
  // these in the log, as they find what another server committed that died then, and work when they look next.
  if (ended.status === 'fulfilled') return;
  const isKnown = !(ended.reason instanceof OutcomeUnknown);
  throw isKnown && wrote.status === 'rejected' ? wrote.reason : ended.reason;
}

interface Group {
  /** That can run them together; undefined where each runs by itself. */
  command?: AnyCommand;
  calls: Call[];
}

/** Neighbours of one command that can run several at once, where that saves something. */
function groupsOf(
  connection: WritingConnection,
  commandNamed: (name: string) => AnyCommand | undefined,
  calls: readonly Call[],
): Group[] {
  if (!connection.isFar) return [{ calls: [...calls] }];
  const groups: Group[] = [];
  for (const call of calls) {
    const command = call.rehearsal ? undefined : commandNamed(call.command);
    const able = command?.together ? command : undefined;
    const last = groups.at(-1);
    if (last && last.command === able) last.calls.push(call);
    else groups.push({ ...(able && { command: able }), calls: [call] });
  }
  return groups;
}

/** Runs a call in a savepoint, which is gone afterwards, with what the call did if it failed. */
async function attempt(means: Means, call: Call, again = true): Promise<{ outcome: Outcome; tx: Transaction }> {
  const { connection, db, commandNamed } = means;
  const tx = new Transaction(connection, db.sql, call, means.limits);
  await connection.savepoint();
  try {
    const value = await runCall(tx, commandNamed, call);
    await tx.written();
    if (call.rehearsal) {
      await connection.rollbackToSavepoint();
      return { outcome: { ok: true, value: { value, events: tx.events } satisfies Rehearsed }, tx };
    }
    await connection.release();
    return { outcome: { ok: true, value }, tx };
  } catch (thrown) {
    // Whatever was asked after something that failed fails for that reason alone.
    const error = await tx.written().then(
      () => thrown,
      (first) => first,
    );
    // Not this call's own doing, and some databases have given the whole transaction up by then.
    if (error instanceof StorageUnavailable) throw error;
    await connection.rollbackToSavepoint();
    // What somebody else has committed in between is there to be seen the second time.
    if (error instanceof UniqueViolation && again) return attempt(means, call, false);
    return { outcome: failure(error), tx };
  }
}

function failure(error: unknown): Outcome {
  if (error instanceof UniqueViolation && error.cause instanceof Refusal) return failure(error.cause);
  if (error instanceof UnstorableText)
    return failure(refuse(20422, { parameter: 'text', reason: 'has the character NUL, which cannot be stored' }));
  if (error instanceof Refusal) return { ok: false, refusal: { code: error.code, holes: error.holes } };
  return { ok: false, fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

async function runCall(
  tx: Transaction,
  commandNamed: (name: string) => AnyCommand | undefined,
  call: Call,
): Promise<unknown> {
  const command = commandNamed(call.command);
  if (!command) throw new Error(`No command is called ${call.command}.`);
  if (!call.idempotency) return carryOut(tx, command, call);
  const known = await recallAnswer(tx, call.idempotency, call.command, call.input);
  if (known) return known.value;
  // What comes before may still be under way while a webhook is asked about this one.
  if (!call.rehearsal) await requirePredecessor(tx, call.idempotency, call.command);
  const value = await carryOut(tx, command, call);
  await rememberAnswer(tx, call.idempotency, call.command, call.input, value);
  return value;
}

/** Runs a command, and plans what follows from what it did. */
async function carryOut(tx: Transaction, command: AnyCommand, call: Call): Promise<unknown> {
  const actor = call.actor as Actor;
  const value: unknown = await command.run(tx, actor, call.input);
  if (!call.rehearsal) await planWebhooks(tx, actor, command.name);
  return value;
}
