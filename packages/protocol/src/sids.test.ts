import { expect, test } from 'vitest';
import { isSid } from './sids.ts';

const digits = '0123456789abcdefABCDEF0123456789';

test.each([
  [`CH${digits}`, 'CH', true],
  [`CH${digits}`, undefined, true],
  [`CH${digits}`, 'US', false],
  [`ch${digits}`, 'CH', false],
  [`CH${digits}0`, 'CH', false],
  [`CH${digits.slice(1)}g`, 'CH', false],
  [`CH${digits}\n`, 'CH', false],
  ['', 'CH', false],
  [undefined, 'CH', false],
] as const)('%j as a SID of kind %s: %s', (text, prefix, answer) => {
  expect(isSid(text, prefix)).toBe(answer);
});
