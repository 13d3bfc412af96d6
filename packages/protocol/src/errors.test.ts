import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { errors, fill } from './errors.ts';
import { errorsPage } from './errors-page.ts';

const folder = new URL('./errors/', import.meta.url);
/** The codes of each file, as they are written there. */
const written = readdirSync(folder).map((file) =>
  [...readFileSync(new URL(file, folder), 'utf8').matchAll(/^ {2}(\d{5}): \{/gm)].map(([, code]) => Number(code)),
);

test('Every error has an HTTP status that fits its kind, a message, and a sentence about what to do.', () => {
  for (const [code, { status, message, help }] of Object.entries(errors)) {
    expect(Number(code)).toBeGreaterThanOrEqual(20000);
    expect([400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 426, 429, 500, 503, 504]).toContain(status);
    expect(message).toMatch(/^\S.*[^.]$/);
    expect(help).toMatch(/[.}]$/);
  }
});

test('No code is written twice, each file is in ascending order, and the table has them all.', () => {
  for (const codes of written) expect(codes).toEqual([...new Set(codes)].sort((a, b) => a - b));
  expect(written.flat().sort((a, b) => a - b)).toEqual(Object.keys(errors).map(Number));
});

test('What says no to a repeated, forbidden or missing thing has the status of its kind.', () => {
  for (const [code, { status, message }] of Object.entries(errors)) {
    const kinds: [RegExp, number[]][] = [
      [/ not found$/, [404, 503]],
      [/ already exists\b/, [409]],
      [/ by another request$/, [409]],
      [/ does not belong to the account$/, [403]],
      [/^Too many (requests|actions|new connections|connections|messages)\b/i, [429]],
      [/^(?!Token).* (is|are) (missing|malformed|too long|too short|empty)$/, [400]],
    ];
    for (const [kind, statuses] of kinds) if (kind.test(message)) expect(statuses, `${code}`).toContain(status);
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
