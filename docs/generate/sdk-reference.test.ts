import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readPackages } from './declarations.ts';
import { anchor, command, renderReference } from './render.ts';

const folder = new URL('../reference/sdk/', import.meta.url);

test(`The reference of the SDK says what the comments say. If not: ${command}`, { timeout: 60_000 }, async () => {
  const pages = renderReference(readPackages());
  for (const [name, text] of pages) await expect(text).toMatchFileSnapshot(new URL(name, folder).pathname);
  expect(readdirSync(folder).sort()).toEqual([...pages.keys()].sort());
});

test('Every link between its pages leads to a heading, which is the only one of its name.', () => {
  const headings = new Map(readdirSync(folder).map((name) => [name, headingsOf(name)]));
  let links = 0;
  for (const name of headings.keys()) {
    for (const [, file, heading = ''] of read(name).matchAll(/\]\(([\w-]+\.md)?#([\w-]+)\)/g)) {
      const found = headings.get(file ?? name)?.filter((each) => each === heading);
      expect(found, `${name}: ${file}#${heading}`).toHaveLength(1);
      links += 1;
    }
  }
  expect(links).toBeGreaterThan(500);
});

const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');

function headingsOf(name: string): string[] {
  return [...read(name).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => anchor(title));
}
