/** The guides say what becomes of each error of a provider, and operators go by that. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { receiptCodeOf } from '../delivery/channels/retry.ts';
import type { ProviderError } from './message.ts';
import { meaningOf as meaningAtTwilio } from './twilio/errors.ts';
import { meaningOf as meaningAtMeta } from './whatsapp/errors.ts';

/** The rows of the table under a heading "Errors", without its first two lines; cells without blanks around them. */
function tableIn(guide: string): string[][] {
  const text = readFileSync(new URL(`../../../../docs/guides/${guide}`, import.meta.url), 'utf8');
  const section = text.split(/^## /m).find((one) => one.startsWith('Errors\n')) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** The numbers in a cell; of "200 to 299" all. */
function codesIn(cell: string): number[] {
  const ranges = [...cell.matchAll(/(\d+) to (\d+)/g)].flatMap(([, from, to]) =>
    Array.from({ length: Number(to) - Number(from) + 1 }, (_, at) => Number(from) + at),
  );
  return [...ranges, ...[...cell.matchAll(/\d+/g)].map(([code]) => Number(code))];
}

/** What a guide says happens after an error of a kind. */
const words: Readonly<Record<ProviderError['kind'], RegExp>> = {
  credentials: /the sender rests/,
  billing: /the sender rests/,
  throttle: /waits/,
  temporary: /tries again|tried again/,
  permanent: /^fail/,
  'window-closed': /^fail/,
  'opted-out': /^fail/,
  'bad-recipient': /^fail/,
  'bad-content': /^fail/,
};

const metaError = (code: number) => meaningAtMeta({ code, message: 'x' });

describe('The table of errors', () => {
  it.each(tableIn('channels-whatsapp.md'))('of WhatsApp is true: %s for %s, %s', (receipt, cell, _what, happens) => {
    const codes = codesIn(cell ?? '');
    expect(codes.length).toBeGreaterThan(0);
    for (const code of codes) {
      const error = metaError(code);
      expect([code, codesIn(receipt ?? '')]).toEqual([code, expect.arrayContaining([receiptCodeOf(error)])]);
      expect([code, happens]).toEqual([code, expect.stringMatching(words[error.kind])]);
    }
  });

  it('of WhatsApp has all errors that mean something', () => {
    const named = new Set(tableIn('channels-whatsapp.md').flatMap(([, cell]) => codesIn(cell ?? '')));
    const unknown = metaError(999_999);
    const known = Array.from({ length: 200_000 }, (_, code) => code).filter((code) => {
      const { kind, receiptCode } = metaError(code);
      return kind !== unknown.kind || receiptCode !== unknown.receiptCode;
    });
    expect(known.length).toBeGreaterThan(100);
    expect(known.filter((code) => !named.has(code))).toEqual([]);
  });

  it.each(tableIn('channels-twilio.md'))('of Twilio is true: %s', (cell, happens) => {
    const codes = codesIn(cell);
    expect(codes.length).toBeGreaterThan(0);
    for (const code of codes) {
      const { kind } = meaningAtTwilio(code);
      expect([code, happens]).toEqual([code, expect.stringMatching(words[kind])]);
    }
  });
});
