import { readFileSync } from 'node:fs';

const page = new URL('../../../docs/reference/client-differences.md', import.meta.url);

/** The names in the first column of the page's first table, by what its last column says of them. */
export function differencesOnPage(): Map<string, string> {
  const [, table = ''] = readFileSync(page, 'utf8').split('|---|---|---|\n');
  const names = new Map<string, string>();
  for (const row of (table.split('\n\n')[0] ?? '').split('\n').filter(Boolean)) {
    const [, members = '', ...columns] = row.split(/(?<!\\)\|/);
    const why = columns.at(-2)?.trim() ?? '';
    for (const [, name = ''] of members.matchAll(/`([^`]+)`/g)) {
      if (names.has(name)) throw new Error(`The page says ${name} twice.`);
      names.set(name, why);
    }
  }
  return names;
}
