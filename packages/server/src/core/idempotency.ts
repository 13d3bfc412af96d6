import { hash } from 'node:crypto';
import { sql } from 'kysely';
import { type Db, prepare, prepareText } from '../storage/db.ts';
import { defineCommand } from './command.ts';
import { refuse } from './refusal.ts';
import type { Transaction } from './transaction.ts';

/** Whose key it is (a user or an account) and the key that the caller made. */
export interface IdempotencyKey {
  scope: string;
  key: string;
  /** A digest of the request that brought it; left out, the command's input is what must not differ. */
  request?: string;
  /** Another key of the same scope: unless the same command was carried out under it, this call is refused. */
  after?: string | undefined;
}

/** How long an answer is remembered. */
const keptFor = 24 * 60 * 60 * 1000;

const answerOf = prepare((sql, p: IdempotencyKey) =>
  sql
    .selectFrom('idempotency')
    .select(['command', 'input', 'result', 'answer'])
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
      answer: null,
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
  const row = await tx.first(answerOf, key);
  if (!row) return undefined;
  if (row.command !== command || row.input !== (key.request ?? digest(input))) {
    throw refuse(20409, { reason: 'this idempotency key was used for another request' });
  }
  return { value: JSON.parse(row.result) };
}

/** Of what was asked for: what a webhook puts in its place may be another thing each time. */
function digest(input: unknown): string {
  const changed = typeof input === 'object' && input !== null && 'assigned' in input;
  return hash('sha256', JSON.stringify(changed ? { ...input, assigned: undefined } : input), 'base64url');
}

/** @throws Refusal 20412 when nothing was carried out under the key that the call is to come after */
export async function requirePredecessor(tx: Transaction, key: IdempotencyKey, command: string): Promise<void> {
  if (key.after === undefined) return;
  const row = await tx.first(answerOf, { scope: key.scope, key: key.after });
  if (row?.command !== command) throw refuse(20412);
}

const answersOf = prepareText(
  (p: { scopes: string[]; keys: string[] }) => sql<{ scope: string; key: string; command: string }>`
    SELECT known.scope, known.key, known.command
    FROM unnest(${p.scopes}::text[], ${p.keys}::text[]) AS asked (scope, key)
    JOIN idempotency AS known ON known.scope = asked.scope AND known.key = asked.key`,
);

/** What was carried out under which of these keys, as a function of one. */
export async function recallCommands(
  tx: Transaction,
  keys: readonly Pick<IdempotencyKey, 'scope' | 'key'>[],
): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  const rows = await tx.all(answersOf, { scopes: keys.map(({ scope }) => scope), keys: keys.map(({ key }) => key) });
  return new Map(rows.map((row) => [nameOf(row), row.command]));
}

/** A key with its scope, as one text. */
export function nameOf({ scope, key }: Pick<IdempotencyKey, 'scope' | 'key'>): string {
  return `${scope} ${key}`;
}

const insertAnswers = prepareText(
  (p: {
    scopes: string[];
    keys: string[];
    commands: string[];
    inputs: string[];
    results: string[];
    times: number[];
  }) => sql`
    INSERT INTO idempotency (scope, key, command, input, result, date_created)
    SELECT * FROM unnest(
      ${p.scopes}::text[], ${p.keys}::text[], ${p.commands}::text[], ${p.inputs}::text[], ${p.results}::text[],
      ${p.times}::bigint[])`,
);

/** `rememberAnswer` for several calls at once. */
export async function rememberAnswers(
  tx: Transaction,
  command: string,
  calls: readonly { key: IdempotencyKey; input: unknown; value: unknown; now: number }[],
): Promise<void> {
  if (calls.length === 0) return;
  await tx.run(insertAnswers, {
    scopes: calls.map(({ key }) => key.scope),
    keys: calls.map(({ key }) => key.key),
    commands: calls.map(() => command),
    inputs: calls.map(({ key, input }) => key.request ?? digest(input)),
    results: calls.map(({ value }) => JSON.stringify(value ?? null)),
    times: calls.map(({ now }) => now),
  });
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
    scope: key.scope,
    key: key.key,
    command,
    input: key.request ?? digest(input),
    result: JSON.stringify(value ?? null),
    now: tx.now,
  });
}

/** What is stored under a key: a digest of the request, and its answer as it went out, unless it never did. */
export function findAnswer(db: Db, key: IdempotencyKey): Promise<{ input: string; answer: string | null } | undefined> {
  return db.first(answerOf, key);
}

type Kept = Required<Omit<IdempotencyKey, 'after'>> & { answer: string };

/** Keeps an answer as it goes out, beside the result that it was made from, if there is one. */
export const keepAnswer = defineCommand({
  name: 'idempotency.keep-answer',
  orderKey: (input: Kept) => input.key,
  run: async (tx, _actor, { scope, key, request, answer }: Kept) => {
    if ((await tx.run(updateAnswer, { scope, key, answer })) === 0) {
      await tx.run(insertAnswer, { scope, key, command: '', input: request, result: 'null', now: tx.now });
      await tx.run(updateAnswer, { scope, key, answer });
    }
    return {};
  },
});

const updateAnswer = prepare((sql, p: { scope: string; key: string; answer: string }) =>
  sql.updateTable('idempotency').set({ answer: p.answer }).where('scope', '=', p.scope).where('key', '=', p.key),
);

/** Small enough that nobody who waits for the writer notices: there may be one for each message of a day. */
const pieceSize = 1000;

/**
 * Forgets a piece of the answers of more than a day ago, the oldest first.
 *
 * @returns whether there is more to do
 */
export const purgeIdempotency = defineCommand({
  name: 'idempotency.purge',
  orderKey: () => 'idempotency',
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
