/**
 * Several calls of one command, with few statements: for databases where each is a way there and back. It is for those
 * calls that go well; all others are run one after the other afterwards, by `batch.ts`.
 */
import type { Limits } from '@colloquy/protocol';
import type { WritingConnection } from '../storage/connection.ts';
import type { Db } from '../storage/db.ts';
import type { Call } from '../storage/driver.ts';
import type { Actor } from './actor.ts';
import type { AnyCommand } from './command.ts';
import { type IdempotencyKey, nameOf, recallCommands, rememberAnswers } from './idempotency.ts';
import { Transaction } from './transaction.ts';
import { areWatched, planWebhooks } from './webhooks/plan.ts';

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

export interface SeveralDone {
  /** Of each call; undefined for those that are to be run by themselves, after these. */
  done: (Done | undefined)[];
  /** Rejects when something could not be written. The commit need not wait for it: it fails then, too. */
  written: Promise<unknown>;
}

/**
 * Three ways there and back, however many calls they are: what there is to know, the places of what is written, and that
 * itself, which may go with the commit.
 *
 * @throws when one of them is at fault; which one shows when each is run by itself, in another transaction
 */
export async function runTogether(
  connection: WritingConnection,
  db: Db,
  command: AnyCommand,
  calls: readonly Call[],
  limits: Limits,
): Promise<SeveralDone> {
  const entries = calls.map((call): Entry => {
    const tx = new Transaction(connection, db.sql, call, limits);
    return { call, tx, actor: call.actor as Actor, input: call.input };
  });
  const done = calls.map((): Done | undefined => undefined);
  const [first] = entries;
  const { together } = command;
  if (!first || !together) return { done, written: Promise.resolve() };
  const [fit, known, isWatched] = await Promise.all([
    together.fit(entries),
    recallCommands(
      first.tx,
      calls.flatMap(({ idempotency }) => (idempotency ? keysOf(idempotency) : [])),
    ),
    areWatched(
      first.tx,
      [...new Set(entries.map(({ actor }) => actor.account))],
      [...new Set(entries.map(({ input }) => command.orderKey(input)))],
    ),
  ]);
  const taken = inTurn(command, entries, fit, known);
  const { values, written } = await together.run(taken.map((at) => fit[at]));
  taken.forEach((at, place) => {
    done[at] = { value: values[place], tx: (entries[at] as Entry).tx };
  });
  const carriedOut = taken.map((at) => entries[at] as Entry);
  const keyed = carriedOut.flatMap(({ call: { idempotency: key, now }, input }, place) =>
    key ? [{ key, input, value: values[place], now }] : [],
  );
  const rows = Promise.all([written, rememberAnswers(first.tx, command.name, keyed)]);
  // Whoever waits for it hears of it; nobody may, when something else fails first.
  rows.catch(() => {});
  if (isWatched) {
    await rows;
    for (const { tx, actor } of carriedOut) await planWebhooks(tx, actor, command.name);
  }
  const all = Promise.all([rows, ...carriedOut.map(({ tx }) => tx.written())]);
  all.catch(() => {});
  return { done, written: all };
}

/**
 * Which of those that are fit may go before all that are not: calls that were not answered before and whose predecessor
 * was, or is among them. One that is left keeps those behind it waiting too, of its order key and of its idempotency key.
 *
 * @param known which command was carried out under which key; those that go are added
 */
function inTurn(
  command: AnyCommand,
  entries: readonly Entry[],
  fit: readonly unknown[],
  known: Map<string, string>,
): number[] {
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
