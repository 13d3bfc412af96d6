import { readFileSync } from 'node:fs';
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

test.each(['grafana/colloquy.json', 'prometheus/alerts.yml'])(
  'Every figure and label that deploy/%s names is one.',
  (file) => {
    const text = readFileSync(new URL(`../../../../../deploy/${file}`, import.meta.url), 'utf8');
    const all = Object.values<Definition>({ ...definitions, ...processDefinitions });
    const series = new Map<string, readonly string[]>();
    for (const { name, kind, labels } of all) {
      for (const end of kind === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']) series.set(name + end, labels);
    }
    const named = [...text.matchAll(/\b(colloquy|nodejs|process)_\w+/g)].map(([name]) => name);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !series.has(name))).toEqual([]);
    // What Prometheus adds by itself is no label of ours.
    const known = new Set(['instance', 'job', 'le', ...[...series.values()].flat()]);
    const used = [...text.matchAll(/\bby \(([\w, ]+)\)/g)].flatMap(([, labels = '']) => labels.split(', '));
    expect(used.filter((label) => !known.has(label))).toEqual([]);
  },
);
