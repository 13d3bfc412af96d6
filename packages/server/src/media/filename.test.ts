import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeFilename } from './filename.ts';

test.each([
  ['car.jpg', 'car.jpg'],
  ['pixel ü.png', 'pixel ü.png'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\ann\\car.jpg', 'car.jpg'],
  ['/etc/', null],
  ['..', null],
  ['a\r\nSet-Cookie: x=y', 'aSet-Cookie: x=y'],
  ['a\0.png', 'a.png'],
  ['invoice\u202egpj.exe', 'invoicegpj.exe'],
  ['', null],
  [undefined, null],
])('%j becomes %j', (given, expected) => {
  expect(safeFilename(given)).toBe(expected);
});

test('A name that comes out is one segment of well-formed, visible text of at most 256 characters.', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (given) => {
      const name = safeFilename(given);
      if (name === null) return;
      expect(name).toMatch(/^[^/\\]{1,256}$/s);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(name).not.toMatch(/[\u0000-\u001f\u007f]/);
      expect(name.isWellFormed()).toBe(true);
      expect(safeFilename(name.trim())).toBe(name.trim());
    }),
  );
});
