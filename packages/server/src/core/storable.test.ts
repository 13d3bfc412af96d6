import fc from 'fast-check';
import { expect, test } from 'vitest';
import { beginningOf, isStorable, storable, storableIn } from './storable.ts';

test('What is made storable is, and what was stays as it is', () => {
  const anything = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) });
  fc.assert(
    fc.property(anything, (text) => {
      expect(isStorable(storable(text))).toBe(true);
      if (isStorable(text)) expect(storable(text)).toBe(text);
    }),
  );
  expect(storable('a\0b\ud83d')).toBe('ab\ufffd');
});

test('Plain JSON is made storable throughout, and a file in it stays the file', () => {
  const open = async () => {};
  const date = new Date(0);
  expect(storableIn({ 'a\0': ['x\0', { y: '\ud83d' }], open, date, n: 1, none: null })).toEqual({
    ...{ a: ['x', { y: '\ufffd' }], n: 1, none: null },
    ...{ open, date },
  });
});

test('The beginning of a text ends where a character does', () => {
  const family = '👨‍👩‍👧‍👦';
  expect(beginningOf('abc', 3)).toBe('abc');
  expect(beginningOf('abcd', 3)).toBe('abc');
  expect(beginningOf('ab😀', 3)).toBe('ab');
  expect(beginningOf(`ab${family}c`, 2 + family.length)).toBe(`ab${family}`);
  expect(beginningOf(`ab${family}c`, 1 + family.length)).toBe('ab');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, most) => {
      const beginning = beginningOf(text, most);
      expect(beginning.length).toBeLessThanOrEqual(most);
      expect(beginning.isWellFormed()).toBe(true);
    }),
  );
});
