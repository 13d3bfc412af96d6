import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { findChromium } from './scripts/chromium.mjs';

/** For tests of what is published: the module to take in place of the client's sources. */
const client = process.env['COLLOQUY_TEST_CLIENT'];

export default defineConfig({
  resolve: { alias: client ? { '@colloquy/client': client } : {} },
  // Our packages resolve to their sources, so that tests need no build and show the lines that were written. The
  // others are Vite's own conditions for code that runs in Node.
  ssr: {
    resolve: {
      conditions: ['@colloquy/source', 'node', 'development|production'],
      externalConditions: ['@colloquy/source', 'node', 'module-sync'],
    },
  },
  test: {
    include: ['{packages/*,compat,bench,scripts,examples,docs}/**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // Threads that the code under test starts load their modules without Vitest, and find the sources by this.
    execArgv: ['--conditions=@colloquy/source'],
    // Empty where there is none; browser tests skip themselves then.
    env: { CHROMIUM_PATH: findChromium(process.env) ?? '' },
    // Much of the time is waiting, for processes that start and browsers: on two cores, one worker would be idle half of it.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
