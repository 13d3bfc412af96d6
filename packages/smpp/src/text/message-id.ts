/** An SMSC may call a message `1E240` when it takes it and `123456`, or `00001e240`, in its receipt. */

/** How receipts write ids: as the answers do, or as decimals where those are hexadecimal, or the other way round. */
export type IdRelation = 'same' | 'decimal' | 'hex';

/** One form for what differs only in letters and zeros in front. */
export function canonicalId(id: string): string {
  return id
    .trim()
    .toLowerCase()
    .replace(/^0+(?=.)/, '');
}

/**
 * What the answer called a message.
 *
 * @param id of the receipt, in canonical form
 * @returns undefined where it cannot be written in that way
 */
export function answeredId(id: string, receipts: IdRelation): string | undefined {
  if (receipts === 'same') return id;
  if (receipts === 'decimal') return /^\d+$/.test(id) ? BigInt(id).toString(16) : undefined;
  return /^[0-9a-f]+$/.test(id) ? BigInt(`0x${id}`).toString() : undefined;
}
