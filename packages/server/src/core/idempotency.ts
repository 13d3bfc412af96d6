import { hash } from 'node:crypto';
import { prepare } from '../storage/db.ts';
import { defineCommand } from './command.ts';
import { refuse } from './refusal.ts';
import type { Transaction } from './transaction.ts';

/** Whose key it is (a user or an account) and the key that the caller made. */
export interface IdempotencyKey {
  scope: string;
  key: string;
}

/** How long an answer is remembered. */
const keptFor = 24 * 60 * 60 * 1000;

const findAnswer = prepare((sql, p: IdempotencyKey) =>
  sql
    .selectFrom('idempotency')
    .select(['command', 'input', 'result'])
    .where('scope', '=', p.scope)
    .where('key', '=', p.key),
);

const insertAnswer = prepare(
  (sql, p: IdempotencyKey & { command: string; input: string; result: string; now: number }) =>
    sql.insertInto('idempotency').values({
      scope: p.scope,
      key: p.key,
      command: p.command,
      input: p.input,
      result: p.result,
      date_created: p.now,
    }),
);

/**
 * The answer that the first call with this key got, if there was one.
 *
 * @throws Refusal 20409 when that call was another one: its answer would be taken for this one's, which never happened
 */
export async function recallAnswer(
  tx: Transaction,
  key: IdempotencyKey,
  command: string,
  input: unknown,
): Promise<{ value: unknown } | undefined> {
  const row = await tx.first(findAnswer, key);
  if (!row) return undefined;
  if (row.command !== command || row.input !== digest(input)) {
    throw refuse(20409, { reason: 'this idempotency key was used for another request' });
  }
  return { value: JSON.parse(row.result) };
}

/** Of what was asked for: what a webhook puts in its place may be another thing each time. */
function digest(input: unknown): string {
  const changed = typeof input === 'object' && input !== null && 'assigned' in input;
  return hash('sha256', JSON.stringify(changed ? { ...input, assigned: undefined } : input), 'base64url');
}

/** In the same transaction as the change: either both are on disk or neither. Refusals are not remembered, they changed nothing. */
export async function rememberAnswer(
  tx: Transaction,
  key: IdempotencyKey,
  command: string,
  input: unknown,
  value: unknown,
): Promise<void> {
  await tx.run(insertAnswer, {
    ...key,
    command,
    input: digest(input),
    result: JSON.stringify(value ?? null),
    now: tx.now,
  });
}

/** Small enough that nobody who waits for the writer notices: there may be one for each message of a day. */
const pieceSize = 1000;

/**
 * Forgets a piece of the answers of more than a day ago, the oldest first.
 *
 * @returns whether there is more to do
 */
export const purgeIdempotency = defineCommand({
  name: 'idempotency.purge',
  lane: () => 'idempotency',
  run: async (tx, _actor, _input: Record<never, never>): Promise<{ more: boolean }> => {
    const last = await tx.first(lastOfPiece, { before: tx.now - keptFor, rest: pieceSize - 1 });
    await tx.run(deleteAnswers, { before: last ? last.date_created + 1 : tx.now - keptFor });
    return { more: last !== undefined };
  },
});

const lastOfPiece = prepare((sql, p: { before: number; rest: number }) =>
  sql
    .selectFrom('idempotency')
    .select('date_created')
    .where('date_created', '<', p.before)
    .orderBy('date_created')
    .limit(1)
    .offset(p.rest),
);

const deleteAnswers = prepare((sql, p: { before: number }) =>
  sql.deleteFrom('idempotency').where('date_created', '<', p.before),
);
