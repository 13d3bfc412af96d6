import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OwnAddresses } from './addresses.ts';
import { envelopeIdFor, idsIn, messageIdFor, readMessageId, rootIdFor } from './message-ids.ts';
import { conversation, delivery, support } from './test-sender.ts';
import { conversationIn, makeToken, readToken } from './tokens.ts';

const key = randomBytes(32);
const ids = fc.oneof(
  fc.stringMatching(/^(?:CH|DY)[0-9a-f]{32}$/),
  fc.string({ minLength: 1, maxLength: 80, unit: 'grapheme' }),
);

test('A token says what it was made for, in small and in large letters.', () => {
  fc.assert(
    fc.property(ids, (id) => {
      const token = makeToken(key, id);
      expect(token).toMatch(/^[a-z2-7]+$/);
      expect(readToken(key, token)).toBe(id);
      expect(readToken(key, token.toUpperCase())).toBe(id);
    }),
  );
});

test('A token with one letter changed, added or missing says nothing, and neither does one of another sender.', () => {
  fc.assert(
    fc.property(ids, fc.nat(), fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz234567'), (id, place, letter) => {
      const token = makeToken(key, id);
      const at = place % token.length;
      const changed = token.slice(0, at) + letter + token.slice(at + 1);
      if (changed !== token) expect(readToken(key, changed)).toBeUndefined();
      expect(readToken(key, token + letter)).toBeUndefined();
      expect(readToken(key, token.slice(0, -1))).toBeUndefined();
      expect(readToken(randomBytes(32), token)).toBeUndefined();
    }),
  );
});

test('What is no token at all says nothing.', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(readToken(key, text)).toBeUndefined();
    }),
  );
});

test('A token of a delivery is not one of a conversation.', () => {
  expect(conversationIn(key, makeToken(key, delivery))).toBeUndefined();
  expect(conversationIn(key, makeToken(key, conversation))).toBe(conversation);
});

test('Our ids name delivery and conversation; ids that were put together of two name nothing.', () => {
  const id = messageIdFor(key, delivery, conversation, 'example.test');
  expect(readMessageId(key, id)).toEqual({ delivery, conversation });
  expect(readMessageId(key, rootIdFor(key, conversation, 'example.test'))).toEqual({ conversation });
  expect(readMessageId(key, envelopeIdFor(key, delivery, conversation) ?? '')).toEqual({ delivery, conversation });
  const [first, second] = id.slice(1, id.indexOf('@')).split('.');
  expect(readMessageId(key, `<${second}.${first}@example.test>`)).toEqual({});
  expect(readMessageId(key, `<${first}.x@example.test>`)).toEqual({});
  expect(readMessageId(key, '<1@example.org>')).toEqual({});
  expect(envelopeIdFor(key, 'x'.repeat(60), conversation)).toBeUndefined();
});

test.each([
  ['<a@b> <c@d>', ['<a@b>', '<c@d>']],
  ['a@b', ['<a@b>']],
  ['<a@b>(comment)<c@d>', ['<a@b>', '<c@d>']],
  ['nothing', []],
  [`<${'a'.repeat(998)}@b> <${'ä'.repeat(498)}>`, [`<${'ä'.repeat(498)}>`]],
  [undefined, []],
])('The ids of %j are found.', (header, found) => expect(idsIn(header)).toEqual(found));

test('A plus-address belongs to its address, in any case; none is made where it would be too long.', () => {
  const own = new OwnAddresses([support, 'mailto:x+y@example.test'], key, true);
  expect(own.find('Support@EXAMPLE.test')).toEqual({ address: support, tag: null });
  expect(own.find('mailto:support+a+b@example.test')).toEqual({ address: support, tag: 'a+b' });
  expect(own.find('x+y@example.test')).toEqual({ address: 'mailto:x+y@example.test', tag: null });
  for (const other of ['ann@example.test', 'support@example.org', '+a@example.test', 'no address', '']) {
    expect(own.find(other), other).toBeUndefined();
  }
  const answers = own.answersTo(support, conversation) ?? '';
  expect(answers).toMatch(/^support\+c[a-z2-7]{39}@example\.test$/);
  const [to] = [own.find(answers)];
  expect(to && own.conversationOf(to)).toBe(conversation);
  expect(to && own.deliveryOf(to)).toBeUndefined();
  const reports = own.find(own.reportsTo(support, delivery) ?? '');
  expect(reports && own.deliveryOf(reports)).toBe(delivery);
  expect(reports && own.conversationOf(reports)).toBeUndefined();
  const long = `mailto:${'s'.repeat(24)}@example.test`;
  expect(new OwnAddresses([long], key, true).answersTo(long, conversation)).toBeUndefined();
  expect(new OwnAddresses([support], key, false).answersTo(support, conversation)).toBeUndefined();
});
