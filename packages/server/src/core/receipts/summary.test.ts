import type { DeliveryStatus } from '@colloquy/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summarise } from './summary.ts';

describe('the delivery summary of a message', () => {
  it('is null without receipts', () => {
    expect(summarise([])).toBeNull();
  });

  it('says none of everything while all are queued', () => {
    expect(summarise([{ status: null, n: 2 }])).toEqual({
      total: 2,
      sent: 'none',
      delivered: 'none',
      read: 'none',
      failed: 'none',
      undelivered: 'none',
    });
  });

  it('counts a status as the earlier ones, too', () => {
    const summary = summarise([
      { status: 'read', n: 1 },
      { status: 'delivered', n: 1 },
      { status: 'failed', n: 1 },
    ]);
    expect(summary).toEqual({
      total: 3,
      sent: 'some',
      delivered: 'some',
      read: 'some',
      failed: 'some',
      undelivered: 'none',
    });
    expect(summarise([{ status: 'read', n: 3 }])).toMatchObject({ sent: 'all', delivered: 'all', read: 'all' });
  });

  it('never says more were read than delivered, or delivered than sent', () => {
    const rank = { none: 0, some: 1, all: 2 };
    const status = fc.constantFrom<DeliveryStatus | null>(null, 'sent', 'delivered', 'read', 'failed', 'undelivered');
    fc.assert(
      fc.property(fc.array(status, { minLength: 1 }), (statuses) => {
        const summary = summarise(statuses.map((one) => ({ status: one, n: 1 })));
        if (!summary) throw new Error('There are receipts.');
        expect(summary.total).toBe(statuses.length);
        expect(rank[summary.read]).toBeLessThanOrEqual(rank[summary.delivered]);
        expect(rank[summary.delivered]).toBeLessThanOrEqual(rank[summary.sent]);
      }),
    );
  });
});
