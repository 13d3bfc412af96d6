import { expect, test } from 'vitest';
import { checkClosedTimer, checkInactiveTimer, deadlines, parseDuration } from './timers.ts';

const hour = 3_600_000;

test.each([
  ['PT1M', 60_000],
  ['PT24H', 24 * hour],
  ['P7D', 168 * hour],
  ['P1W', 168 * hour],
  ['P1DT12H', 36 * hour],
  ['P1M', 720 * hour],
  ['PT0.5S', 500],
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
