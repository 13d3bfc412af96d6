import { expect, it } from 'vitest';
import { encodeGsm } from '../alphabets/gsm0338.ts';
import { smartlyEncoded } from './smart-encoding.ts';

it('makes GSM text of what phones and word processors put in', () => {
  const typed = '“It’s – well…” he said\u00a0`so`\u200b';
  expect(smartlyEncoded(typed)).toBe("\"It's - well...\" he said 'so'");
  expect(encodeGsm(smartlyEncoded(typed))).not.toBeNull();
});

it('leaves alone what has no equal', () => {
  expect(smartlyEncoded('Привет 👋 ç')).toBe('Привет 👋 ç');
});
