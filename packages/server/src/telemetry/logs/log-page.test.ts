import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const sources = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(new URL('../../../../../docs/reference/log.md', import.meta.url), 'utf8');

/** What is logged in a source at a level: the last text of each call, up to where it is filled in. */
function textsIn(source: string, level: string): string[] {
  const calls = source.split(new RegExp(`\\b(?:\\w*[lL]ogger|log)\\.${level}\\(`)).slice(1);
  return calls.flatMap((call) => {
    const [end = ''] = /^[\s\S]*?(?:'|"|`)\)?,?\s*\)/.exec(call) ?? [];
    const texts = [...end.matchAll(/(['"`])([a-zA-Z].{10,}?)\1/g)].map(([, , text = '']) => text);
    const last = texts.at(-1)?.split('${')[0];
    return last === undefined ? [] : [last.trim()];
  });
}

test.each([
  ['warn', 20],
  ['error', 30],
])('Every line of the level %s is explained under it.', (level, least) => {
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('testing'),
  );
  const texts = files.flatMap((file) => textsIn(readFileSync(join(sources, file), 'utf8'), level));
  expect(texts.length).toBeGreaterThan(least);
  const explained = page.split('\n').filter((line) => line.startsWith(`| ${level} | `));
  expect(texts.filter((text) => !explained.some((line) => line.includes(text)))).toEqual([]);
});
