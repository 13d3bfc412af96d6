/**
 * What a receipt's status may become. Networks report late, twice and out of order, so a status only moves up:
 * queued (null) < sent < delivered < read. `failed` and `undelivered` are final, and nothing that has been
 * delivered can still fail.
 */
import type { DeliveryStatus } from '@colloquy/protocol';

/** Statuses from which the key may be reached; null is queued. */
const reachedFrom: Record<DeliveryStatus, readonly (DeliveryStatus | null)[]> = {
  sent: [null],
  delivered: [null, 'sent'],
  read: [null, 'sent', 'delivered'],
  failed: [null, 'sent'],
  undelivered: [null, 'sent'],
};

/** The statuses, other than queued, that a row may have for the new one to replace it. */
export function below(status: DeliveryStatus): DeliveryStatus[] {
  return reachedFrom[status].filter((one) => one !== null);
}

export function mayBecome(before: DeliveryStatus | null, after: DeliveryStatus): boolean {
  return reachedFrom[after].includes(before);
}
