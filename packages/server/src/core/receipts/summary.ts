import type { DeliveryAmount, DeliveryStatus, DeliverySummary } from '@colloquy/protocol';

/** How many receipts of a message have each status; null is queued. */
export type StatusCounts = readonly { status: DeliveryStatus | null; n: number }[];

/**
 * Contract: Delivery Receipts in Conversations. A status implies the earlier ones: what is read was delivered,
 * what is delivered was sent. Null without receipts.
 */
export function summarise(counts: StatusCounts): DeliverySummary | null {
  const total = counts.reduce((sum, { n }) => sum + n, 0);
  if (total === 0) return null;
  const amountOf = (...statuses: DeliveryStatus[]): DeliveryAmount => {
    const n = counts.reduce((sum, one) => (one.status && statuses.includes(one.status) ? sum + one.n : sum), 0);
    if (n === 0) return 'none';
    return n === total ? 'all' : 'some';
  };
  return {
    total,
    sent: amountOf('sent', 'delivered', 'read'),
    delivered: amountOf('delivered', 'read'),
    read: amountOf('read'),
    failed: amountOf('failed'),
    undelivered: amountOf('undelivered'),
  };
}
