import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type PagePosition, PageTokens } from './page-tokens.ts';

const tokens = new PageTokens('secret');
const position: PagePosition = { page: 3, cursor: { direction: 'next', key: [1704164645678, 'CHé'] } };

test('A token gives back the position that it was made of, and may stand in a URL as it is.', () => {
  const key = fc.array(fc.oneof(fc.maxSafeInteger(), fc.string({ unit: 'grapheme' })), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom('next' as const, 'previous' as const), key, (page, direction, values) => {
      const one = { page, cursor: { direction, key: values } };
      const token = tokens.write('/list', one);
      expect(encodeURIComponent(token)).toBe(token);
      expect(tokens.read('/list', token)).toEqual(one);
    }),
  );
});

test('A token is good after a restart.', () => {
  expect(new PageTokens('secret').read('/list', tokens.write('/list', position))).toEqual(position);
});

test('A token is of one list, with its filters, and of one server.', () => {
  const token = tokens.write('/list&Order=asc', position);
  const refused = expect.objectContaining({ code: 20422 });
  expect(() => tokens.read('/list&Order=desc', token)).toThrow(refused);
  expect(() => new PageTokens('other').read('/list&Order=asc', token)).toThrow(refused);
});

test('What is no token is refused, also when only one character of it was changed.', () => {
  const refused = expect.objectContaining({ code: 20422 });
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => tokens.read('/list', text)).toThrow(refused);
    }),
  );
  const token = tokens.write('/list', position);
  const bytes = Buffer.from(token, 'base64url');
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ change;
      expect(() => tokens.read('/list', changed.toString('base64url'))).toThrow(refused);
    }),
  );
});
