import type { Transaction } from './transaction.ts';

/** What the clearing away wakes up at. */
export const sweepWoken = 'sweep';

/** Leaves the log of a stream that ends, and a conversation's messages, to be removed a piece at a time. */
export async function leaveToSweep(tx: Transaction, stream: string): Promise<void> {
  await tx.sql.insertInto('sweeps').values({ stream, date_created: tx.now }).execute();
  tx.woken.add(sweepWoken);
}
