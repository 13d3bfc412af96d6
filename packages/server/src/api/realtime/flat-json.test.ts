import { performance } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { parseFlat } from './flat-json.ts';

const refusalOf = (text: string) => {
  try {
    return parseFlat(Buffer.from(text)) && 'read';
  } catch (error) {
    return (error as Error).message;
  }
};

test('What stands in texts is no part of its form.', () => {
  const values = [
    { frames: [JSON.stringify({ a: ['[[[[{{{{', ','.repeat(5000), '\\', '"'] })], session: '\\"[[[[', 'a,]\\': 1 },
    { frames: Array.from({ length: 1000 }, () => '"\\"[{,') },
    [[['😀']]],
  ];
  for (const value of values) expect(parseFlat(Buffer.from(JSON.stringify(value)))).toEqual(value);
});

test('More than a list of texts takes is refused unread.', () => {
  expect(refusalOf('[[[[]]]]')).toContain('nested more than 3 times');
  expect(refusalOf('{"a":{"b":[{}]}}')).toContain('nested more than 3 times');
  // The first text ends before the brackets.
  expect(refusalOf('["\\\\",[[["]"]]]]')).toContain('nested more than 3 times');
  expect(refusalOf(`[0${',0'.repeat(3000)}]`)).toBe('read');
  expect(refusalOf(`[0${',0'.repeat(3001)}]`)).toContain('more than 3000 commas');
  for (const broken of ['', '["', '["\\', '[', ']]]]', '{"a"}']) expect(refusalOf(broken)).toContain('not JSON');
});

test.each([
  ['brackets', `${'['.repeat(2_090_000)}${']'.repeat(2_090_000)}`],
  ['names', `{${Array.from({ length: 300_000 }, (_unused, n) => `"${n}k":0`).join(',')}}`],
])('Millions of %s keep nobody waiting.', (_what, text) => {
  const body = Buffer.from(text);
  const begun = performance.now();
  expect(() => parseFlat(body)).toThrow();
  expect(performance.now() - begun).toBeLessThan(250);
});
