import { expect, test } from 'vitest';
import { parseForm } from './form-body.ts';
import type { Parameters } from './parameters.ts';

const form = (text: string) => parseForm(Buffer.from(text), 'body');
const role = `RL${'a'.repeat(32)}`;

test.each<[string, string, (parameters: Parameters) => unknown, unknown]>([
  ['text', 'A=', (p) => p.text('A'), ''],
  ['required text', 'A=x', (p) => p.required('A'), 'x'],
  ['a list', 'A=x&A=y', (p) => p.list('A'), ['x', 'y']],
  ['a SID', `A=${role}`, (p) => p.sid('A', 'RL'), role],
  ['an integer', 'A=-12', (p) => p.integer('A'), -12],
  ['an integer beyond what is exact', `A=${'9'.repeat(40)}`, (p) => p.integer('A'), Number.POSITIVE_INFINITY],
  ['a boolean', 'A=True', (p) => p.boolean('A'), true],
  ['a choice', 'A=DESC', (p) => p.choice('A', ['asc', 'desc']), 'desc'],
  ['a date, without its milliseconds', 'A=2024-01-02T03:04:05.678Z', (p) => p.date('A', 50308), 1704164645000],
])('Read: %s.', (_what, text, read, value) => {
  expect(read(form(text))).toEqual(value);
});

test.each<[string, string, (parameters: Parameters) => unknown, number]>([
  ['text sent twice', 'A=x&A=x', (p) => p.text('A'), 20422],
  ['required text that is missing', 'a=x', (p) => p.required('A'), 20001],
  ['a SID of another kind', `A=US${'a'.repeat(32)}`, (p) => p.sid('A', 'RL'), 20423],
  ['an empty SID', 'A=', (p) => p.sid('A', 'RL'), 20423],
  ['a malformed SID with a code of its own', 'A=x', (p) => p.sid('A', 'MG', 50341), 50341],
  ['a fraction', 'A=1.5', (p) => p.integer('A'), 20422],
  ['a number in another notation', 'A=1e3', (p) => p.integer('A'), 20422],
  ['an empty number', 'A=', (p) => p.integer('A'), 20422],
  ['a boolean in another language', 'A=1', (p) => p.boolean('A'), 20422],
  ['no choice', 'A=sideways', (p) => p.choice('A', ['asc', 'desc']), 20422],
  ['a date that is none', 'A=2023-02-29', (p) => p.date('A', 50308), 50308],
])('Refused: %s.', (_what, text, read, code) => {
  expect(() => read(form(text))).toThrow(expect.objectContaining({ code }));
});

test('What was not sent is undefined.', () => {
  const nothing = form('');
  expect(nothing.text('A')).toBeUndefined();
  expect(nothing.list('A')).toBeUndefined();
  expect(nothing.sid('A', 'RL')).toBeUndefined();
  expect(nothing.integer('A')).toBeUndefined();
  expect(nothing.boolean('A')).toBeUndefined();
  expect(nothing.choice('A', ['asc'])).toBeUndefined();
  expect(nothing.date('A', 50308)).toBeUndefined();
  expect(nothing.hasAny(['A', 'B'])).toBe(false);
  expect(form('B=').hasAny(['A', 'B'])).toBe(true);
});
