import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { migrate } from './migrate.ts';
import { SqliteConnection } from './sqlite/connection.ts';
import { sqliteWords } from './sqlite/schema-words.ts';
import { latestSchema, tables, tablesUntil } from './tables.ts';

test('The list of tables has all that the migrations make, with their keys.', async () => {
  const database = new DatabaseSync(':memory:');
  await migrate(new SqliteConnection(database), sqliteWords, 0);
  const made = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'migrations'")
    .all()
    .map(({ name }) => {
      const columns = database
        .prepare(`SELECT name, type FROM pragma_table_info('${name}') WHERE pk > 0 ORDER BY pk`)
        .all();
      const serial = columns.length === 1 && columns[0]?.['type'] === 'INTEGER';
      return { name, key: columns.map((column) => column['name']), ...(serial && { serial }) };
    });
  const byName = (one: { name: unknown }, other: { name: unknown }) => (String(one.name) < String(other.name) ? -1 : 1);
  const listed = tables.map(({ own: _own, ...table }) => table);
  expect(listed.toSorted(byName)).toEqual(made.toSorted(byName));
  expect(tablesUntil(latestSchema)).toEqual(tables);
  expect(tablesUntil(1).map(({ name }) => name)).not.toContain('media');
});
