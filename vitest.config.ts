import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { bundledWriter } from './scripts/bundled-writer.mjs';
import { findChromium } from './scripts/chromium.mjs';
import { LongestFirst } from './scripts/longest-first.mjs';
import { findMemoryFolder } from './scripts/memory-folder.mjs';

/** For tests of what is published: the module to take in place of the client's sources. */
const client = process.env['COLLOQUY_TEST_CLIENT'];

/** Where temporary files go, unless somebody has said where. */
const memory = process.env['TMPDIR'] ? undefined : findMemoryFolder();

const exclude = ['**/node_modules/**', '**/dist/**'];
/** They put something in the place of a module before it is loaded, or of a global (2.x of the official SDK), or measure memory. */
const alone = [
  'packages/server/src/api/http/idempotency.test.ts',
  'packages/server/src/api/openapi/{operations,parameters}.test.ts',
  'packages/server/src/api/media/large.test.ts',
  'packages/client/src/store/{object-cache,store}.test.ts',
  'compat/official/older.test.ts',
];

export default defineConfig({
  plugins: [bundledWriter()],
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
    // Loading the server takes a second or two: files that do not mind share a process, and what it has loaded.
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['{packages/*,compat,bench,chaos,scripts,examples,docs}/**/*.test.{ts,tsx}'],
          exclude: [...exclude, ...alone],
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: alone } },
    ],
    exclude,
    // Threads that the code under test starts load their modules without Vitest, and find the sources by this.
    execArgv: ['--conditions=@colloquy/source'],
    // Empty where there is none; browser tests skip themselves then.
    env: { CHROMIUM_PATH: findChromium(process.env) ?? '', ...(memory && { TMPDIR: memory }) },
    // Much of the time is waiting, for processes that start and browsers: one worker more than there are cores.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
