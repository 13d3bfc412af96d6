import fc from 'fast-check';
import { expect, test } from 'vitest';
import { errors, fill } from './errors.ts';
import { errorsPage } from './errors-page.ts';

test('Every error has an HTTP status that fits its kind, a message, and a sentence about what to do.', () => {
  for (const [code, { status, message, help }] of Object.entries(errors)) {
    expect(Number(code)).toBeGreaterThanOrEqual(20000);
    expect([400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 503]).toContain(status);
    expect(message).toMatch(/^\S.*[^.]$/);
    expect(help).toMatch(/[.}]$/);
  }
});

test('Filling replaces the holes that have a value and nothing else, whatever the value is.', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (first, second) => {
      expect(fill('a {x} b {y} {"1":2} {z}', { x: first, y: second })).toBe(`a ${first} b ${second} {"1":2} {z}`);
    }),
  );
});

test('The reference page is up to date.', async () => {
  await expect(errorsPage()).toMatchFileSnapshot('../../../docs/reference/errors.md');
});
