import type { Actor } from './actor.ts';
import type { Transaction } from './transaction.ts';

/**
 * A change, by name. It runs within the writer's transaction, which with SQLite is in a thread of its own: so input and output
 * are plain data (they also have to survive as JSON, for idempotency), and everything it may depend on is in the transaction.
 * It authorises, decides, writes rows and appends events; or throws a `Refusal`, and then nothing of it stays.
 */
export interface Command<Input, Output> {
  /** `thing.verb`, unique. */
  readonly name: string;
  /**
   * Calls with the same one happen one after the other, as they were made. A stream's SID, or another name; of a command
   * that can be run `together` always the stream that it changes, if there is one of that name.
   */
  orderKey(input: Input): string;
  /**
   * What else it must not meet a call of another order key at, as text that both of them give. For what no row stands for that
   * could be locked: two that look for what the other is about to write. Taken before the command runs.
   */
  apart?(input: Input): readonly string[];
  run(tx: Transaction, actor: Actor, input: Input): Promise<Output>;
  /**
   * It goes before calls that are not, save those of its order key, and is not turned away when too many wait: while it
   * waits, others believe what is not so. Only for what there is never much of at a time, as of what settles claimed work;
   * where not all of it does that, it is said of each.
   */
  readonly urgent?: true | ((input: Input) => boolean);
  /**
   * Of a node: it goes beside everything else, also what is urgent, since others believe that a node is dead which only has
   * to wait. No other command has its order keys.
   */
  readonly signOfLife?: true;
  /** For databases where each statement is a way there and back: several calls with few statements. */
  readonly together?: Together<Input, Output, unknown>;
}

export interface Together<Input, Output, Fit> {
  /**
   * Which of the calls can be run so, with what was found out about each; undefined for one that is to run by itself, as
   * every one that will be refused: what a caller is told is said in one place. Changes nothing.
   */
  fit(calls: readonly OneOfSeveral<Input>[]): Promise<(Fit | undefined)[]>;
  /** In their order; none of them can be refused any more. */
  run(fit: readonly Fit[]): Promise<Written<Output>>;
}

/** What is known before it is written: the statements are on their way, and a commit may be sent behind them. */
export interface Written<Output> {
  values: Output[];
  /** Rejects when something could not be written; with it fails the whole transaction. */
  written: Promise<unknown>;
}

/** One call of several. All of their transactions are in truth the same one. */
export interface OneOfSeveral<Input> {
  tx: Transaction;
  actor: Actor;
  input: Input;
}

// biome-ignore lint/suspicious/noExplicitAny: the registry holds commands of all inputs
export type AnyCommand = Command<any, any>;

/** Types follow from `run`. */
export function defineCommand<Input, Output>(command: Command<Input, Output>): Command<Input, Output> {
  return command;
}
