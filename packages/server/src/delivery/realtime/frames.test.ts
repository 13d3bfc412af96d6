import fc from 'fast-check';
import { expect, test } from 'vitest';
import { payloadsOf, textFrame } from './frames.ts';

test('Frames that were joined are taken apart into the texts that they were made of, short and long.', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(124, 125, 126, 127, 65_535, 65_536, 70_000).map((length) => 'x'.repeat(length)),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 5 }), (texts) => {
      const joined = Buffer.concat(texts.map(textFrame));
      expect(payloadsOf(joined).map(String)).toEqual(texts);
    }),
  );
});
