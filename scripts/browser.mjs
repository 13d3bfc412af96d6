/** For tests: the browser that they run pages in. */
import { chromium } from 'playwright-core';

// Vitest's configuration looks for it; where there is none, CI has to fail rather than skip.
const executablePath = process.env.CHROMIUM_PATH ?? '';

export const isSkipped = executablePath === '' && process.env.CI !== 'true';

/** What a browser does by itself would be among what a test sees. */
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @returns {Promise<import('playwright-core').Browser>} without a window */
export function openBrowser() {
  return chromium.launch({ executablePath, headless: true, args: quiet });
}
