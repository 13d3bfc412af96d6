/**
 * What stands for a moment of the log with clients, to whom it is opaque: five digits of the log's epoch, and eleven or more
 * of the event's id. The id alone would be believed again once a log that has lost events has as many. Digits, and no more
 * than sixteen, are what servers of earlier versions take, which find such an event nowhere, and have the client begin anew.
 */
export function presentCursor(event: number, epoch: number): string {
  return `${epoch}${String(event).padStart(11, '0')}`;
}

/** What a client may give. */
export const cursorPattern = /^\d{1,21}$/;

/**
 * @param epoch of the log that there is
 * @returns the id of an event; undefined where it is none of this log. Earlier versions gave the id alone.
 */
export function readCursor(cursor: string, epoch: number): number | undefined {
  const isOfEpoch = cursor.length >= 16;
  if (isOfEpoch && !cursor.startsWith(String(epoch))) return undefined;
  const event = Number(isOfEpoch ? cursor.slice(5) : cursor);
  return Number.isSafeInteger(event) ? event : undefined;
}
