import type { DeliveryStatus, ReceiptResource } from '@colloquy/protocol';
import type { Evidence } from './evidence.ts';

const ranks: Readonly<Record<DeliveryStatus, number>> = { sent: 1, delivered: 2, read: 3, failed: 4, undelivered: 4 };
const rankOf = ({ status }: ReceiptResource) => (status === null ? 0 : ranks[status]);

/** Each copy for a phone has one receipt, whose status only goes forward, and ends as delivered. */
export function checkReceipts(evidence: Evidence): string[] {
  return evidence.found.flatMap((found) => {
    const wrong: string[] = [];
    const receipts = new Map<string, ReceiptResource>();
    const addresses = new Map<string, string | null | undefined>();
    for (const event of found.log) {
      if (event.type === 'participant.added') addresses.set(event.data.sid, event.data.binding?.address);
      if (event.type !== 'receipt.added' && event.type !== 'receipt.updated') continue;
      const before = receipts.get(event.data.sid);
      if (before && rankOf(event.data) < rankOf(before)) {
        wrong.push(`${event.data.sid} went from ${before.status} back to ${event.data.status}`);
      }
      receipts.set(event.data.sid, event.data);
    }
    const perMessage = Map.groupBy(receipts.values(), ({ messageSid }) => messageSid as string);
    for (const { sid, id, removed } of evidence.logged(found)) {
      // Removed with their messages.
      if (removed) continue;
      const all = perMessage.get(sid) ?? [];
      const copies = Map.groupBy(all, ({ participantSid }) => addresses.get(participantSid) ?? participantSid);
      for (const to of new Set([...copies.keys(), ...Object.keys(found.phones)])) {
        const due = Number(to in found.phones && !id.startsWith(`phone${to}.`));
        const there = copies.get(to)?.length ?? 0;
        if (there !== due) wrong.push(`${sid} ("${id}") has ${there} receipts of ${to}, not ${due}`);
      }
      for (const { sid: receipt, status } of all) {
        if (status !== 'delivered') wrong.push(`${receipt} of ${sid} ("${id}") ended as ${status ?? 'queued'}`);
      }
    }
    return wrong;
  });
}
