import { expect, test } from 'vitest';
import type { PhoneMessage } from './phone-line.ts';
import { since } from './since.ts';

const text = (dateCreated: string | number): PhoneMessage => ({
  id: 1,
  direction: 'in',
  from: '+12025550100',
  to: '+12025550123',
  body: 'hello',
  status: 'delivered',
  dateCreated,
});

test('Texts of an earlier conversation are left out, those of the same second stay', () => {
  const [before, same, after] = [
    text('2026-01-31T11:59:59Z'),
    text('2026-01-31T12:00:00Z'),
    text(Date.parse('2026-01-31T12:00:01Z')),
  ];
  expect(since(new Date('2026-01-31T12:00:00.400Z'), [before, same, after])).toEqual([same, after]);
});

test('All texts stay while the moment is not known', () => {
  expect(since(null, [text('2026-01-31T11:59:59Z')])).toHaveLength(1);
});
