import type { Call, Committed } from '../storage/driver.ts';

/** A call and when it began to wait; milliseconds of `performance.now()`. */
export interface Waited {
  call: Call;
  queued: number;
}

/** A transaction that ended. Times are those of `performance.now()`. */
export interface Batch {
  calls: readonly Waited[];
  began: number;
  ended: number;
  /** Undefined: it failed as a whole. */
  committed: Committed | undefined;
}

/** Told what goes through the call queue, for figures and traces. It must not throw. */
export interface Witness {
  /** A call is about to wait. */
  queued(call: Call): void;
  ended(batch: Batch): void;
}
