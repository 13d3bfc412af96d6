/**
 * Several calls of one command, with few statements: for databases where each is a way there and back. It is for those
 * calls that go well; all others are run one after the other afterwards, by `batch.ts`.
 */
import type { Limits } from '@colloquy/protocol';
import { StorageUnavailable, type WritingConnection } from '../storage/connection.ts';
import type { Db } from '../storage/db.ts';
import type { Call } from '../storage/driver.ts';
import type { Actor } from './actor.ts';
import type { AnyCommand } from './command.ts';
import { type IdempotencyKey, nameOf, recallCommands, rememberAnswers } from './idempotency.ts';
import { Transaction } from './transaction.ts';
import { planWebhooksOf } from './webhooks/plan.ts';

export interface Done {
  value: unknown;
  tx: Transaction;
}

interface Entry {
  call: Call;
  tx: Transaction;
  actor: Actor;
  input: unknown;
}

/** @returns what was done, of each call; undefined for those that are to be run by themselves, after these */
export async function attemptTogether(
  connection: WritingConnection,
  db: Db,
  command: AnyCommand,
  calls: readonly Call[],
  limits: Limits,
): Promise<(Done | undefined)[]> {
  await connection.savepoint();
  try {
    const done = await runTogether(connection, db, command, calls, limits);
    await connection.release();
    return done;
  } catch (error) {
    if (error instanceof StorageUnavailable) throw error;
    // One of them is at fault, and finds out which when it is alone.
    await connection.rollbackToSavepoint();
    return calls.map(() => undefined);
  }
}

async function runTogether(
  connection: WritingConnection,
  db: Db,
  command: AnyCommand,
  calls: readonly Call[],
  limits: Limits,
): Promise<(Done | undefined)[]> {
  const entries = calls.map((call): Entry => {
    const tx = new Transaction(connection, db.sql, call, limits);
    return { call, tx, actor: call.actor as Actor, input: call.input };
  });
  const { together } = command;
  if (!together) return calls.map(() => undefined);
  const fit = await together.fit(entries);
  const taken = await inTurn(command, entries, fit);
  const values = await together.run(taken.map((at) => fit[at]));
  const done = calls.map((): Done | undefined => undefined);
  taken.forEach((at, place) => {
    done[at] = { value: values[place], tx: (entries[at] as Entry).tx };
  });
  const carriedOut = taken.map((at) => entries[at] as Entry);
  await planWebhooksOf(carriedOut, command.name);
  const keyed = carriedOut.flatMap(({ call: { idempotency: key, now }, input }, place) =>
    key ? [{ key, input, value: values[place], now }] : [],
  );
  if (entries[0]) await rememberAnswers(entries[0].tx, command.name, keyed);
  return done;
}

/**
 * Which of those that are fit may go before all that are not: calls that were not answered before and whose predecessor
 * was, or is among them. One that is left keeps those behind it waiting too, of its order key and of its idempotency key.
 */
async function inTurn(command: AnyCommand, entries: readonly Entry[], fit: readonly unknown[]): Promise<number[]> {
  const keys = entries.flatMap(({ call: { idempotency } }) => (idempotency ? keysOf(idempotency) : []));
  const known = entries[0] ? await recallCommands(entries[0].tx, keys) : new Map<string, string>();
  const left = new Set<string>();
  const taken: number[] = [];
  for (const [at, { call, input }] of entries.entries()) {
    const key = call.idempotency;
    const names = key ? [nameOf(key)] : [];
    const waits = left.has(command.orderKey(input)) || names.some((name) => left.has(name) || known.has(name));
    const follows = key?.after === undefined || known.get(nameOf({ ...key, key: key.after })) === command.name;
    if (fit[at] === undefined || waits || !follows) {
      // What it is to come after is not to come before it now either, if it was asked for later.
      const after = key?.after === undefined ? [] : [nameOf({ ...key, key: key.after })];
      for (const name of [command.orderKey(input), ...names, ...after]) left.add(name);
      continue;
    }
    for (const name of names) known.set(name, command.name);
    taken.push(at);
  }
  return taken;
}

function keysOf({ scope, key, after }: IdempotencyKey): { scope: string; key: string }[] {
  return after === undefined
    ? [{ scope, key }]
    : [
        { scope, key },
        { scope, key: after },
      ];
}
