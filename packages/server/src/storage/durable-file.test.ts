import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeFileDurably } from './durable-file.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'colloquy-file-'));
  file = join(folder, 'file');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a file is written with its mode, and no draft stays beside it', () => {
  writeFileDurably(file, 'text', { mode: 0o600, replace: false });
  expect(readFileSync(file, 'utf8')).toBe('text');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['file']);
});

test('a file that is there stays as it is, unless it is to be replaced', () => {
  writeFileSync(file, 'first');
  writeFileDurably(file, 'second', { mode: 0o600, replace: false });
  expect(readFileSync(file, 'utf8')).toBe('first');
  writeFileDurably(file, 'second', { mode: 0o600, replace: true });
  expect(readFileSync(file, 'utf8')).toBe('second');
  expect(readdirSync(folder)).toEqual(['file']);
});

test('what cannot be written leaves nothing behind', () => {
  const missing = join(folder, 'missing', 'file');
  expect(() => writeFileDurably(missing, 'text', { mode: 0o600, replace: true })).toThrow(/ENOENT/);
  expect(readdirSync(folder)).toEqual([]);
});
