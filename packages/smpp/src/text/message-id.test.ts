import { expect, it } from 'vitest';
import { answeredId, canonicalId } from './message-id.ts';

it('does not mind letters and zeros in front', () => {
  expect(canonicalId(' 00AbC-9 ')).toBe('abc-9');
  expect(canonicalId('0000100001')).toBe('100001');
  expect(canonicalId('000')).toBe('0');
  expect(canonicalId('')).toBe('');
});

it('finds what the answer said where receipts write ids in another way', () => {
  expect(answeredId('123456', 'same')).toBe('123456');
  expect(answeredId('123456', 'decimal')).toBe('1e240');
  expect(answeredId('1e240', 'hex')).toBe('123456');
  expect(answeredId('f'.repeat(64), 'hex')).toBe((2n ** 256n - 1n).toString());
  expect(answeredId('1e240', 'decimal')).toBeUndefined();
  expect(answeredId('0f1e-2d3c', 'hex')).toBeUndefined();
});
