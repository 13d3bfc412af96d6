import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { longest } from './longest-first.mjs';

test('Files and folders that begin first are there.', () => {
  expect(longest.filter((path) => !existsSync(new URL(`../${path}`, import.meta.url)))).toEqual([]);
});
