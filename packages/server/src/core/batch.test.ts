import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StorageUnavailable } from '../storage/connection.ts';
import type { Call } from '../storage/driver.ts';
import { migrate } from '../storage/migrate.ts';
import { dbOver, openWriter, type SqliteConnection } from '../storage/sqlite/connection.ts';
import { runBatch } from './batch.ts';
import { commandNamed } from './commands.ts';

let directory: string;
let connection: SqliteConnection;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'colloquy-test-'));
  connection = openWriter(join(directory, 'colloquy.db'));
  await migrate(connection, { serial: 'INTEGER PRIMARY KEY' }, 0);
});
afterEach(() => {
  connection.close();
  rmSync(directory, { recursive: true });
});

const account = (n: number): Call => ({
  command: 'accounts.ensure',
  actor: { kind: 'system' },
  input: { account: `AC${String(n).padStart(32, '0')}` },
  now: 0,
});
const run = (...calls: Call[]) => runBatch(connection, dbOver(connection), commandNamed, calls);

test('When the database is full no call of the batch has happened, and there is nothing to repair.', async () => {
  await run(account(0));
  connection.exec('PRAGMA max_page_count = 1');
  const many = Array.from({ length: 200 }, (_none, n) => account(n + 1));
  await expect(run(...many)).rejects.toBeInstanceOf(StorageUnavailable);
  connection.exec('PRAGMA max_page_count = 100000');
  const { outcomes } = await run(account(1));
  expect(outcomes).toMatchObject([{ ok: true }]);
  const { rows } = await connection.query<{ n: number }>('SELECT count(*) AS n FROM accounts', []);
  expect(rows).toEqual([{ n: 2 }]);
});
