import { expect, test } from 'vitest';
import { checkClosedTimer, checkInactiveTimer, deadlines, firstDeadline, parseDuration } from './timers.ts';

const hour = 3_600_000;

test.each([
  ['PT1M', 60_000],
  ['PT24H', 24 * hour],
  ['P7D', 168 * hour],
  ['P1W', 168 * hour],
  ['P1DT12H', 36 * hour],
  ['P1M', 720 * hour],
  ['PT0.5S', 500],
  ['PT0,5H', hour / 2],
  ['P0.5D', 12 * hour],
  ['PT36H', 36 * hour],
  ['P1Y2M3W4DT5H6M7S', 38_898_367_000],
  ['PT0S', 0],
  ['P1000Y', 365_000 * 24 * hour],
  ['P1001Y', undefined],
  // Only the smallest unit may have a fraction.
  ['P0.5DT1H', undefined],
  ['PT1.5H30M', undefined],
  ['P1DT', undefined],
  ['PT1', undefined],
  ['PT.5S', undefined],
  ['pt1m', undefined],
  ['+PT1M', undefined],
  [' PT1M', undefined],
  ['PT1M\n', undefined],
  ['P1D1W', undefined],
  ['PT1M1H', undefined],
  ['', undefined],
  ['P', undefined],
  ['PT', undefined],
  ['P1H', undefined],
  ['-PT1M', undefined],
  ['1 hour', undefined],
  [`PT${'9'.repeat(30)}S`, undefined],
])('%s lasts %s ms.', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test('Timers have shortest lengths, and codes of their own for what is wrong.', () => {
  expect(checkInactiveTimer('PT1M')).toBe('PT1M');
  expect(checkInactiveTimer('')).toBe(null);
  expect(() => checkInactiveTimer('PT59S')).toThrow(expect.objectContaining({ code: 50375 }));
  expect(() => checkInactiveTimer('soon')).toThrow(expect.objectContaining({ code: 50379 }));
  expect(() => checkClosedTimer('PT9M')).toThrow(expect.objectContaining({ code: 50376 }));
  expect(() => checkClosedTimer('soon')).toThrow(expect.objectContaining({ code: 50380 }));
});

test('An active conversation waits for both, an inactive one for being closed, a closed one for nothing.', () => {
  const timers = { inactive_timer: 'PT1H', closed_timer: 'PT2H' };
  expect(deadlines({ ...timers, state: 'active' }, 0)).toEqual({ date_inactive: hour, date_closed: 2 * hour });
  expect(deadlines({ ...timers, state: 'inactive' }, 0)).toEqual({ date_inactive: null, date_closed: 2 * hour });
  expect(deadlines({ ...timers, state: 'closed' }, 0)).toEqual({ date_inactive: null, date_closed: null });
});

test('Of two deadlines the earlier one comes first; at the same time a conversation is closed.', () => {
  const row = (state: string, date_inactive: number | null, date_closed: number | null) => ({
    state,
    date_inactive,
    date_closed,
  });
  expect(firstDeadline(row('active', 1, 2))).toEqual({ time: 1, to: 'inactive' });
  expect(firstDeadline(row('active', 2, 2))).toEqual({ time: 2, to: 'closed' });
  expect(firstDeadline(row('active', 1, null))).toEqual({ time: 1, to: 'inactive' });
  expect(firstDeadline(row('inactive', null, 2))).toEqual({ time: 2, to: 'closed' });
  expect(firstDeadline(row('active', null, null))).toBeUndefined();
  expect(firstDeadline(row('initializing', 1, 2))).toBeUndefined();
});
