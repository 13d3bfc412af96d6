import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findChromium } from './chromium.mjs';

let folder: string;
let browser: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'colloquy-chromium-'));
  mkdirSync(join(folder, 'bin'));
  browser = join(folder, 'bin', 'google-chrome');
  writeFileSync(browser, '');
  chmodSync(browser, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('Chromium is looked for in the folders of PATH, under each of its names', () => {
  expect(findChromium({ PATH: [folder, join(folder, 'bin')].join(delimiter) })).toBe(browser);
});

test('CHROMIUM_PATH goes before what PATH has, and an empty one means none', () => {
  const own = join(folder, 'own');
  writeFileSync(own, '');
  const PATH = join(folder, 'bin');
  expect(findChromium({ PATH, CHROMIUM_PATH: own })).toBe(own);
  expect(findChromium({ PATH, CHROMIUM_PATH: '' })).toBeUndefined();
  expect(findChromium({ PATH, CHROMIUM_PATH: join(folder, 'none') })).toBeUndefined();
});
