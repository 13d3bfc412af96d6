import { writeFileSync } from 'node:fs';

/** @import { Reporter } from 'vitest/node' */

/**
 * A Vitest reporter that writes how many tests passed, failed and were skipped, as JSON, to the file that
 * `TEST_COUNT_FILE` names. A file that cannot be loaded and an error outside any test count as one failure each,
 * so that "0 failed" is true only if nothing went wrong.
 *
 * @implements {Reporter}
 */
export default class TestCount {
  /** @type {NonNullable<Reporter['onTestRunEnd']>} */
  onTestRunEnd(modules, unhandledErrors) {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      count.failed += module.errors().length;
      for (const suite of module.children.allSuites()) count.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state === 'passed' || state === 'failed' ? state : 'skipped'] += 1;
      }
    }
    const file = process.env.TEST_COUNT_FILE;
    if (file) writeFileSync(file, JSON.stringify(count));
  }
}
