import { expect, test } from 'vitest';
import { type Definition, definitions, processDefinitions } from './definitions.ts';
import { metricsPage } from './page.ts';

test('The reference page is up to date.', async () => {
  await expect(metricsPage()).toMatchFileSnapshot('../../../../../docs/reference/metrics.md');
});

test('Names follow the conventions of Prometheus: base units, and total for what only grows.', () => {
  for (const { name, kind } of Object.values<Definition>({ ...definitions, ...processDefinitions })) {
    expect(name).toMatch(/^[a-z][a-z_0-9]*$/);
    expect(name.endsWith('_total'), name).toBe(kind === 'counter');
    if (/duration|wait|commit_|lag|age/.test(name) && kind !== 'counter' && name !== 'colloquy_commit_commands') {
      expect(name).toMatch(/_seconds$/);
    }
  }
});
