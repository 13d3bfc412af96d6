import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDate, presentDate } from './dates.ts';

describe('A date', () => {
  test.each<[string, string, string]>([
    ['2015-12-16T22:18:37Z', '2015-12-16T22:18:37.000Z', 'second'],
    ['2015-12-16T22:18:37.129Z', '2015-12-16T22:18:37.129Z', 'fraction'],
    ['2015-12-16T22:18:37.1299999Z', '2015-12-16T22:18:37.129Z', 'fraction'],
    ['2015-12-16T22:18:37,5Z', '2015-12-16T22:18:37.500Z', 'fraction'],
    ['2015-12-16T22:18:37+02:00', '2015-12-16T20:18:37.000Z', 'second'],
    ['2015-12-16T22:18:37-0130', '2015-12-16T23:48:37.000Z', 'second'],
    ['2015-12-16T22:18:37', '2015-12-16T22:18:37.000Z', 'second'],
    ['2015-12-16T22:18Z', '2015-12-16T22:18:00.000Z', 'second'],
    ['2015-12-16 22:18:37z', '2015-12-16T22:18:37.000Z', 'second'],
    ['2015-12-16', '2015-12-16T00:00:00.000Z', 'day'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z', 'day'],
    ['0001-01-01', '0001-01-01T00:00:00.000Z', 'day'],
  ])('is read: %s', (text, iso, precision) => {
    expect(parseDate(text)).toEqual({ time: Date.parse(iso), precision });
  });

  test.each([
    '',
    'today',
    '1704164645',
    '2015',
    '2015-12',
    '20151216',
    '2015-13-01',
    '2015-00-01',
    '2015-02-30',
    '2023-02-29',
    '2015-12-16T24:00:00Z',
    '2015-12-16T22:60:00Z',
    '2015-12-16T22:18:60Z',
    '2015-12-16T22:18:37+24:00',
    '2015-12-16T22:18:37+02:60',
    '2015-12-16T22:18:37.Z',
    ' 2015-12-16',
    '2015-12-16\n',
    '+012015-12-16',
    'Wed, 16 Dec 2015 22:18:37 GMT',
    '0001-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
  ])('is refused: %j', (text) => {
    expect(parseDate(text)).toBeUndefined();
  });

  test('comes back as it was sent, in whole seconds.', () => {
    const date = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (one) => {
        const iso = one.toISOString();
        expect(parseDate(iso)?.time).toBe(one.getTime());
        expect(presentDate(one.getTime())).toBe(`${iso.slice(0, 19)}Z`);
      }),
    );
    expect(presentDate(null)).toBeNull();
  });
});
