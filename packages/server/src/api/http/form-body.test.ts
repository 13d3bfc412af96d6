import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseForm } from './form-body.ts';

const parse = (text: string) => parseForm(Buffer.from(text), 'body');
const text = fc.string({ unit: 'binary' }).filter((one) => !one.includes('\0') && one.isWellFormed());

describe('A form', () => {
  test('gives back what any form encoder wrote.', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (fields) => {
        const form = parse(new URLSearchParams(fields).toString());
        for (const [name] of fields) {
          const sent = fields.filter((field) => field[0] === name).map((field) => field[1]);
          expect(form.list(name)).toEqual(sent);
        }
      }),
    );
  });

  test('gives back what the official client writes, which escapes a space as %20.', () => {
    fc.assert(
      fc.property(text, text, (name, value) => {
        expect(parse(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`).text(name)).toBe(value);
      }),
    );
  });

  test('reads a plus sign as a space, an escaped one as a plus sign, and UTF-8 that is not escaped.', () => {
    expect(parse('a=b+c&d=%2b&e=é漢&f').text('a')).toBe('b c');
    expect(parse('a=b+c&d=%2b&e=é漢&f').text('d')).toBe('+');
    expect(parse('a=b+c&d=%2b&e=é漢&f').text('e')).toBe('é漢');
    expect(parse('a=b+c&d=%2b&e=é漢&f').text('f')).toBe('');
    expect(parse('a=1=2').text('a')).toBe('1=2');
    expect(parse('').text('')).toBeUndefined();
    expect(parse('&&a=1&').text('a')).toBe('1');
  });

  test('knows names by their letters, also those that objects have by themselves.', () => {
    expect(parse('body=1').text('Body')).toBeUndefined();
    expect(parse('').text('constructor')).toBeUndefined();
    expect(parse('__proto__=1').text('__proto__')).toBe('1');
  });

  test.each([
    ['broken escapes', Buffer.from('a=%')],
    ['escapes that are none', Buffer.from('a=%zz')],
    ['escapes of what is not UTF-8', Buffer.from('a=%ff')],
    ['escaped halves of surrogate pairs', Buffer.from('a=%ed%a0%80')],
    ['bytes that are not UTF-8', Buffer.from([0x61, 0x3d, 0xff])],
    ['U+0000', Buffer.from('a=%00')],
    ['a broken name', Buffer.from('%=a')],
    ['more fields than any operation has', Buffer.from('a=1&'.repeat(1001))],
  ])('with %s is refused.', (_what, bytes) => {
    expect(() => parseForm(bytes, 'body')).toThrow(expect.objectContaining({ code: 20422 }));
  });

  test('is read or refused, whatever the bytes.', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          parseForm(Buffer.from(bytes), 'query');
        } catch (error) {
          expect(error).toMatchObject({ code: 20422 });
        }
      }),
    );
  });
});
