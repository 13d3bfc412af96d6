import { expect, test } from 'vitest';
import { referenceIn } from './references.ts';

const message = `IM${'a'.repeat(32)}`;

test.each([
  [{ reply_to: message }, { to: message }],
  [{ reply_to: 0 }, { to: 0 }],
  [
    { reaction: { message, emoji: '👍' }, reply_to: 3 },
    { to: message, emoji: '👍' },
  ],
  [{ reaction: { message: 2, emoji: null } }, { to: 2, emoji: null }],
])('The attributes %j refer to a message.', (attributes, reference) => {
  expect(referenceIn(JSON.stringify(attributes))).toEqual(reference);
});

// What no database could compare with an index or a SID would keep the message, and all behind it, from going out.
test.each([1.5, 1e30, 2 ** 53, 'a\0b', '\ud800', '', 'IM1', null, true, [0], { sid: message }])(
  'The attributes refer to nothing by %j.',
  (to) => {
    expect(referenceIn(JSON.stringify({ reply_to: to }))).toBeUndefined();
    expect(referenceIn(JSON.stringify({ reaction: { message: to, emoji: 'x' } }))).toBeUndefined();
  },
);
