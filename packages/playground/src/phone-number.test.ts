import { expect, test } from 'vitest';
import { spacedNumber } from './phone-number.ts';

test('A North American number is shown in groups', () => {
  expect(spacedNumber('+12025550123')).toBe('+1 202 555 0123');
});

test('Any other address is shown as it is', () => {
  expect(spacedNumber('+447700900123')).toBe('+447700900123');
  expect(spacedNumber('whatsapp:+12025550123')).toBe('whatsapp:+12025550123');
});
