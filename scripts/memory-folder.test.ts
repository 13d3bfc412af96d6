import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findMemoryFolder } from './memory-folder.mjs';

test('A folder in memory has to be there, have room, and be left as it was.', () => {
  const folder = mkdtempSync(join(tmpdir(), 'colloquy-memory-'));
  expect(findMemoryFolder(folder)).toBe(folder);
  expect(readdirSync(folder)).toEqual([]);
  expect(findMemoryFolder(folder, Number.MAX_SAFE_INTEGER)).toBeUndefined();
  rmSync(folder, { recursive: true });
  expect(findMemoryFolder(folder)).toBeUndefined();
});
