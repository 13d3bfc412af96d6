import { relative } from 'node:path';
import { BaseSequencer } from 'vitest/node';

/** Files that take much longer than others, the longest first. Without them Vitest goes by size until it has seen a run. */
export const longest = [
  'chaos/cluster.test.ts',
  'chaos/chaos.test.ts',
  'packages/playground/src/playground.e2e.test.ts',
  'packages/playground/src/interruptions.e2e.test.ts',
  'packages/server/src/main.test.ts',
  'packages/client/test/published.test.ts',
  'packages/server/src/operate/commands.test.ts',
  'compat/official/browser/',
  'compat/sdk/operations/',
  'packages/server/src/api/rest/fuzz.test.ts',
  'packages/server/src/storage/postgres/',
  'packages/react/src/guide.e2e.test.ts',
  'packages/server/src/move/',
  'packages/server/src/simulate/',
];

/** Has the longest files begin first, so that no worker is left alone with one of them at the end. */
export class LongestFirst extends BaseSequencer {
  /**
   * @override
   * @type {BaseSequencer['sort']}
   */
  async sort(files) {
    const { root } = this.ctx.config;
    /** @param {string} file */
    const rank = (file) => {
      const at = longest.findIndex((name) => relative(root, file).startsWith(name));
      return at === -1 ? longest.length : at;
    };
    const sorted = await super.sort(files);
    // Those that need a process of their own stay together: between others each would cost a shared process.
    const ofProject = (/** @type {string} */ name) =>
      sorted.filter(({ project }) => project.name === name).sort((a, b) => rank(a.moduleId) - rank(b.moduleId));
    return [...new Set(sorted.map(({ project }) => project.name))].flatMap(ofProject);
  }
}
