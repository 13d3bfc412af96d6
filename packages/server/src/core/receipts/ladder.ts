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
