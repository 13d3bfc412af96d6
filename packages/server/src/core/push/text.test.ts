import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutText, fillTemplate } from './text.ts';

const anyText = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '漢', '👩‍👧', ' ') });

test('Text that is cut is the beginning of what it was, as long as it may be, and well-formed.', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 0, max: 20 }), (text, limit) => {
      const cut = cutText(text, limit);
      expect(text.startsWith(cut)).toBe(true);
      expect(cut.isWellFormed()).toBe(true);
      expect([...cut]).toHaveLength(Math.min([...text].length, limit));
    }),
  );
});

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: variables of the contract
test('A template without variables is what it was.', () => {
  fc.assert(
    fc.property(
      fc.string().filter((text) => !text.includes('${')),
      (template) => {
        expect(fillTemplate(template, { A: 'x' })).toBe(template);
      },
    ),
  );
});

test.each([
  ['${A}', 'x'],
  ['${A}${A}', 'xx'],
  ['${B}', '${A} $& $1'],
  ['$${A}', '$x'],
  ['${A', '${A'],
  ['${ A }', '${ A }'],
  ['${a}', '${a}'],
  ['${C}', '${C}'],
  ['${toString}', '${toString}'],
  ['${EMPTY}.', '.'],
])('%s becomes %s', (template, text) => {
  expect(fillTemplate(template, { A: 'x', B: '${A} $& $1', EMPTY: '' })).toBe(text);
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: see above
