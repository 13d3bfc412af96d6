import type { DeliveryStatus } from '@colloquy/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { statusesBelow } from './ladder.ts';

function climb(reports: readonly (DeliveryStatus | null)[]): DeliveryStatus | null {
  let status: DeliveryStatus | null = null;
  for (const report of reports) {
    if (report !== null && (status === null || statusesBelow(report).includes(status))) status = report;
  }
  return status;
}

function orders<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, at) => orders(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}

describe('the ladder of delivery statuses', () => {
  it('ends at read whatever the order of queued, sent, delivered and read', () => {
    const all = orders([null, 'sent', 'delivered', 'read'] as const);
    expect(all).toHaveLength(24);
    for (const order of all) expect(climb(order), String(order)).toBe('read');
  });

  const anyStatus = fc.constantFrom<DeliveryStatus>('sent', 'delivered', 'read', 'failed', 'undelivered');

  it('never moves down, and never leaves failed or undelivered', () => {
    const rank = { sent: 1, delivered: 2, read: 3, failed: 4, undelivered: 4 };
    fc.assert(
      fc.property(fc.array(anyStatus), anyStatus, (reports, next) => {
        const before = climb(reports);
        const after = climb([...reports, next]);
        if (before !== null) expect(rank[after as DeliveryStatus]).toBeGreaterThanOrEqual(rank[before]);
        if (before === 'failed' || before === 'undelivered') expect(after).toBe(before);
        if (before === 'delivered' || before === 'read') expect(['delivered', 'read']).toContain(after);
      }),
    );
  });

  it('is not moved by a report that comes twice', () => {
    fc.assert(
      fc.property(fc.array(anyStatus), (reports) => {
        expect(climb(reports.flatMap((report) => [report, report]))).toBe(climb(reports));
      }),
    );
  });

  it('names the statuses that a new one may replace', () => {
    expect(statusesBelow('sent')).toEqual([]);
    expect(statusesBelow('read')).toEqual(['sent', 'delivered']);
    expect(statusesBelow('failed')).toEqual(['sent']);
  });
});
