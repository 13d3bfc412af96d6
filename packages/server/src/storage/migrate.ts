import type { WritingConnection } from './connection.ts';
import { migrations } from './migrations/index.ts';
import type { DialectWords } from './migrations/migration.ts';

/**
 * Brings the schema up to date, or up to an earlier number. All missing migrations run in one transaction, so a process
 * that dies on the way leaves the schema as it was.
 *
 * @throws when the database was made by a newer version of the server
 */
export async function migrate(
  connection: WritingConnection,
  words: DialectWords,
  now: number,
  upTo = Number.POSITIVE_INFINITY,
): Promise<void> {
  await connection.begin();
  try {
    await migrateWithin(connection, words, now, upTo);
    await connection.commit();
  } catch (error) {
    await connection.rollback();
    throw error;
  }
}

/** The same, as a part of a transaction that has begun. */
export async function migrateWithin(
  connection: WritingConnection,
  words: DialectWords,
  now: number,
  upTo: number,
): Promise<void> {
  await connection.query(
    words.adapt(
      'CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL, date_applied BIGINT NOT NULL)',
    ),
    [],
  );
  const { rows } = await connection.query<{ number: number }>('SELECT number FROM migrations ORDER BY number', []);
  const done = rows.at(-1)?.number ?? 0;
  const latest = migrations.at(-1)?.number ?? 0;
  if (done > latest) {
    throw new Error(
      `The database has schema ${done}, this server knows up to ${latest}. Start the newer version of the server, or ` +
        'restore the backup from before the update (docs/guides/updating.md).',
    );
  }
  for (const migration of migrations.filter(({ number }) => number > done && number <= upTo)) {
    for (const statement of migration.statements(words)) await connection.query(words.adapt(statement), []);
    await connection.query(
      `INSERT INTO migrations (number, name, date_applied) VALUES (${migration.number}, '${migration.name}', ${now})`,
      [],
    );
  }
}
