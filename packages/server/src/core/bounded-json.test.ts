import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { parseBounded, TooMuchJson } from './bounded-json.ts';

const flat = { depth: 3, commas: 3000, parts: 3000 };

const outcomeOf = (text: string, bounds = flat) => {
  try {
    return parseBounded(text, bounds) && 'read';
  } catch (error) {
    return error instanceof TooMuchJson ? error.message : (error as Error).name;
  }
};

test('What stands in texts is no part of its form.', () => {
  const values = [
    {
      frames: [JSON.stringify({ a: ['[[[[{{{{', ','.repeat(5000), ':'.repeat(5000), '\\', '"'] })],
      session: '\\"[[[[',
    },
    { frames: Array.from({ length: 1000 }, () => '"\\"[{,') },
    [[['😀']]],
  ];
  for (const value of values) expect(parseBounded(JSON.stringify(value), flat)).toEqual(value);
});

test('What is nested too deep, or has too many parts, is not read.', () => {
  expect(outcomeOf('[[[[]]]]')).toBe('nested more than 3 times');
  expect(outcomeOf('{"a":{"b":[{}]}}')).toBe('nested more than 3 times');
  // The first text ends before the brackets.
  expect(outcomeOf('["\\\\",[[["]"]]]]')).toBe('nested more than 3 times');
  expect(outcomeOf(`[0${',0'.repeat(3000)}]`)).toBe('read');
  expect(outcomeOf(`[0${',0'.repeat(3001)}]`)).toBe('more than 3000 commas');
  const named = (names: number) => `{${Array.from({ length: names }, (_unused, n) => `"${n}":0`).join()}}`;
  expect([outcomeOf(named(2999)), outcomeOf(named(3000))]).toEqual(['read', 'more than 3000 lists, objects and names']);
  for (const broken of ['', '["', '["\\', '[', ']]]]', '{"a"}']) expect(outcomeOf(broken)).toBe('SyntaxError');
});

test('Whatever JSON it is, it is read where it has no more parts and is no deeper than it may be.', () => {
  const partsOf = (value: unknown): number =>
    typeof value !== 'object' || value === null
      ? 0
      : Object.values(value).reduce((sum, one) => sum + partsOf(one) + (Array.isArray(value) ? 0 : 1), 1);
  const depthOf = (value: unknown): number =>
    typeof value !== 'object' || value === null ? 0 : 1 + Math.max(0, ...Object.values(value).map(depthOf));
  fc.assert(
    fc.property(fc.json(), (text) => {
      const value = JSON.parse(text);
      const [parts, depth] = [partsOf(value), depthOf(value)];
      expect(parseBounded(text, { depth, parts })).toEqual(value);
      if (parts > 0) expect(() => parseBounded(text, { depth, parts: parts - 1 })).toThrow(TooMuchJson);
      if (depth > 0) expect(() => parseBounded(text, { depth: depth - 1 })).toThrow(TooMuchJson);
    }),
  );
});

test.each([
  ['brackets', `${'['.repeat(2_090_000)}${']'.repeat(2_090_000)}`],
  ['names', `{${Array.from({ length: 300_000 }, (_unused, n) => `"${n}k":0`).join(',')}}`],
])('Millions of %s are not read, which would keep everybody waiting.', (_what, text) => {
  const parse = vi.spyOn(JSON, 'parse');
  try {
    expect(() => parseBounded(text, flat)).toThrow(TooMuchJson);
    expect(parse).not.toHaveBeenCalled();
  } finally {
    parse.mockRestore();
  }
});
