import { type Limits, limits } from '@colloquy/protocol';
import { StorageUnavailable, UniqueViolation, UnstorableText, type WritingConnection } from '../storage/connection.ts';
import type { Db } from '../storage/db.ts';
import type { Call, Committed, Outcome, Rehearsed } from '../storage/driver.ts';
import type { Actor } from './actor.ts';
import type { AnyCommand } from './command.ts';
import { recallAnswer, rememberAnswer, requirePredecessor } from './idempotency.ts';
import { Refusal, refuse } from './refusal.ts';
import { attemptTogether } from './together.ts';
import { Transaction } from './transaction.ts';
import { planWebhooks } from './webhooks/plan.ts';

/**
 * Group commit: runs calls one after the other in one transaction, each in its own savepoint, and commits
 * once for all of them. That one wait for the disk is what a message costs most, and here it is shared.
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
  const committed: Committed = { outcomes: [], events: [], woken: [] };
  const woken = new Set<string>();
  const note = (tx: Transaction) => {
    for (const event of tx.events) committed.events.push(event);
    for (const kind of tx.woken) woken.add(kind);
  };
  await connection.begin();
  try {
    for (const group of groupsOf(connection, commandNamed, calls)) {
      const done = group.command
        ? await attemptTogether(connection, db, group.command, group.calls, ownLimits)
        : group.calls.map(() => undefined);
      for (const each of done) if (each) note(each.tx);
      for (const [at, call] of group.calls.entries()) {
        const known = done[at];
        if (known) {
          committed.outcomes.push({ ok: true, value: known.value });
          continue;
        }
        const { outcome, tx } = await attempt(connection, db, commandNamed, call, ownLimits);
        committed.outcomes.push(outcome);
        if (outcome.ok && !call.rehearsal) note(tx);
      }
    }
    await connection.commit();
  } catch (error) {
    await connection.rollback();
    throw error;
  }
  committed.woken = [...woken];
  return committed;
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
async function attempt(
  connection: WritingConnection,
  db: Db,
  commandNamed: (name: string) => AnyCommand | undefined,
  call: Call,
  ownLimits: Limits,
  again = true,
): Promise<{ outcome: Outcome; tx: Transaction }> {
  const tx = new Transaction(connection, db.sql, call, ownLimits);
  await connection.savepoint();
  try {
    const value = await runCall(tx, commandNamed, call);
    if (call.rehearsal) {
      await connection.rollbackToSavepoint();
      return { outcome: { ok: true, value: { value, events: tx.events } satisfies Rehearsed }, tx };
    }
    await connection.release();
    return { outcome: { ok: true, value }, tx };
  } catch (error) {
    // Not this call's own doing, and some databases have given the whole transaction up by then.
    if (error instanceof StorageUnavailable) throw error;
    await connection.rollbackToSavepoint();
    // What somebody else has committed in between is there to be seen the second time.
    if (error instanceof UniqueViolation && again) return attempt(connection, db, commandNamed, call, ownLimits, false);
    return { outcome: failure(error), tx };
  }
}

function failure(error: unknown): Outcome {
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
