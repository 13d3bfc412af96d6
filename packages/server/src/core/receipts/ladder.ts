/**
 * What a receipt's status may become. Networks report late, twice and out of order, so a status only moves up:
 * queued (null) < sent < delivered < read. `failed` and `undelivered` are final, and nothing that has been
 * delivered can still fail.
 */
import type { DeliveryStatus } from '@colloquy/protocol';

const below: Record<DeliveryStatus, readonly DeliveryStatus[]> = {
  sent: [],
  delivered: ['sent'],
  read: ['sent', 'delivered'],
  failed: ['sent'],
  undelivered: ['sent'],
};

/** The statuses that a receipt may have for the new one to replace it; besides queued, which every one replaces. */
export function statusesBelow(status: DeliveryStatus): readonly DeliveryStatus[] {
  return below[status];
}

/** Does the ladder lead from the one to the other? Null is queued. */
export function mayFollow(former: DeliveryStatus | null, status: DeliveryStatus): boolean {
  return former === null || below[status].includes(former);
}

/** What a copy that went out in several messages is: as far as the slowest of them, unless one of them failed. */
export function slowest(statuses: readonly (DeliveryStatus | null)[]): DeliveryStatus | null {
  const failed = statuses.find((status) => status === 'failed' || status === 'undelivered');
  if (failed) return failed;
  const ranks = [null, 'sent', 'delivered', 'read'] as const;
  const least = Math.min(...statuses.map((status) => ranks.indexOf(status as (typeof ranks)[number])));
  return ranks[least] ?? null;
}
