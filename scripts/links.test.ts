import { existsSync, readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './setup.mjs';

test('Every relative link in the documentation leads to a file.', async () => {
  const dead: string[] = [];
  let links = 0;
  for await (const page of glob(['*.md', 'docs/**/*.md'], { cwd: root })) {
    for (const [, target = ''] of readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)\s]+)\)/g)) {
      const [path = ''] = target.split('#');
      if (path === '' || /^[a-z]+:/.test(path)) continue;
      links += 1;
      if (!existsSync(join(root, dirname(page), path))) dead.push(`${page}: ${target}`);
    }
  }
  expect(links).toBeGreaterThan(10);
  expect(dead).toEqual([]);
});
