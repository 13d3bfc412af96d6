import { closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Value } from '../connection.ts';
import { sync, syncDirectory } from '../durable-file.ts';
import type { Loading } from '../loading.ts';
import { migrate } from '../migrate.ts';
import { dbOver, SqliteConnection } from './connection.ts';
import { databaseFile } from './database-file.ts';
import { sqliteWords } from './schema-words.ts';

/**
 * Fills a file beside the place of the database, which gets its name in the end.
 *
 * @param directory an existing one, without a database
 * @param schema number of the newest migration to make
 */
export async function openSqliteLoading(directory: string, schema: number, now: number): Promise<Loading> {
  const file = join(directory, databaseFile);
  const draft = `${file}.new`;
  if (existsSync(file)) throw new Error(`${file} is there already.`);
  const remove = () => {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(draft + end, { force: true });
  };
  remove();
  closeSync(openSync(draft, 'w', 0o600));
  const database = new DatabaseSync(draft);
  const connection = new SqliteConnection(database);
  // It is thrown away if anything goes wrong, so nothing has to be on disk before the end.
  connection.exec('PRAGMA journal_mode = OFF');
  connection.exec('PRAGMA synchronous = OFF');
  connection.exec('PRAGMA cache_size = -65536');
  await migrate(connection, sqliteWords, now, schema);
  await connection.begin();
  const columnsByTable = new Map<string, ReadonlySet<unknown>>();
  const columnsOf = (table: string) => {
    const known = columnsByTable.get(table) ?? new Set(allColumns.all(table).map((row) => row['name']));
    columnsByTable.set(table, known);
    return known;
  };
  const allColumns = database.prepare('SELECT name FROM pragma_table_info(?)');
  const statements = new Map<string, StatementSync>();
  return {
    db: dbOver(connection),
    insert: async ({ name }, rows) => {
      const columns = Object.keys(rows[0] ?? {});
      const known = columnsOf(name);
      const unknown = columns.find((column) => !known.has(column));
      if (unknown !== undefined) throw new Error(`The table ${name} has no column ${JSON.stringify(unknown)}.`);
      const text = `INSERT INTO ${name} (${columns.map((column) => `"${column}"`).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
      const statement = statements.get(text) ?? database.prepare(text);
      statements.set(text, statement);
      for (const row of rows) statement.run(...columns.map((column) => row[column] as Value));
    },
    finish: async () => {
      await connection.commit();
      const [whole] = database.prepare('PRAGMA integrity_check').all();
      if (whole?.['integrity_check'] !== 'ok')
        throw new Error(`SQLite says of its new file: ${JSON.stringify(whole)}.`);
      connection.close();
      sync(draft);
      renameSync(draft, file);
      syncDirectory(dirname(file));
    },
    abandon: async () => {
      if (database.isOpen) connection.close();
      remove();
    },
  };
}
