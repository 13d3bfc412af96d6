import { expect, it } from 'vitest';
import { canonicalId, otherForms } from './message-id.ts';

it('brings the ids of both sides together where it is known how they write them', () => {
  expect(canonicalId('1E240', 'hex')).toBe('123456');
  expect(canonicalId('0001e240', 'hex')).toBe('123456');
  expect(canonicalId('0x1E240', 'hex')).toBe('123456');
  expect(canonicalId('0000123456', 'decimal')).toBe('123456');
  expect(canonicalId(' 00AbC-9 ', 'text')).toBe('abc-9');
  expect(canonicalId('000', 'text')).toBe('0');
  expect(canonicalId('no number', 'hex')).toBe('no number');
  expect(canonicalId('F'.repeat(64), 'hex')).toBe((2n ** 256n - 1n).toString());
});

it('finds the other forms where it is not', () => {
  expect(otherForms(canonicalId('0001E240', 'text'))).toContain('123456');
  expect(otherForms(canonicalId('0000123456', 'text'))).toContain('1e240');
  expect(otherForms('0f1e-2d3c')).toEqual(['0f1e-2d3c']);
});
