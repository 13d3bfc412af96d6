import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const sources = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(new URL('../../../../../docs/reference/log.md', import.meta.url), 'utf8');

/** What is logged in a source at these levels: the last text of each call, up to where it is filled in. */
function textsIn(source: string): string[] {
  const calls = source.split(/\b(?:\w*[lL]ogger|log)\.(?:warn|error|fatal)\(/).slice(1);
  return calls.flatMap((call) => {
    const [end = ''] = /^[\s\S]*?(?:'|"|`)\)?,?\s*\)/.exec(call) ?? [];
    const texts = [...end.matchAll(/(['"`])([a-zA-Z].{10,}?)\1/g)].map(([, , text = '']) => text);
    const last = texts.at(-1)?.split('${')[0];
    return last === undefined ? [] : [last.trim()];
  });
}

test('Every line of the levels warn and above is explained.', () => {
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('testing'),
  );
  const texts = files.flatMap((file) => textsIn(readFileSync(join(sources, file), 'utf8')));
  expect(texts.length).toBeGreaterThan(60);
  expect(texts.filter((text) => !page.includes(text))).toEqual([]);
});
