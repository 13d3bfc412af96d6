import type { Transaction } from '../transaction.ts';

/** Begins what is told after a commit that gave a user a device or took one away; his SID follows. */
export const notifiableWoken = 'notifiable ';

/** Whoever watches the user may have to see that he can be notified now, or no more. */
export function tellNotifiable(tx: Transaction, user: string): void {
  tx.woken.add(notifiableWoken + user);
}
