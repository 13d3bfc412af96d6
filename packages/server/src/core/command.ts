import type { Actor } from './actor.ts';
import type { Transaction } from './transaction.ts';

/**
 * A change, by name. It runs within the lane's transaction, perhaps in another thread: so input and output
 * are plain data (they also have to survive as JSON, for idempotency), and everything it may depend on is in
 * the transaction. It authorises, decides, writes rows and appends events; or throws a `Refusal`, and then
 * nothing of it stays.
 */
export interface Command<Input, Output> {
  /** `thing.verb`, unique. */
  readonly name: string;
  /** What has to happen in order: calls with equal text share a lane. A stream's SID, or a name within the service. */
  lane(input: Input): string;
  run(tx: Transaction, actor: Actor, input: Input): Promise<Output>;
}

// biome-ignore lint/suspicious/noExplicitAny: the registry holds commands of all inputs
export type AnyCommand = Command<any, any>;

/** Types follow from `run`. */
export function defineCommand<Input, Output>(command: Command<Input, Output>): Command<Input, Output> {
  return command;
}
