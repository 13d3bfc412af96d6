import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Call } from '../storage/driver.ts';
import { migrate } from '../storage/migrate.ts';
import { dbOver, openWriter, type SqliteConnection } from '../storage/sqlite/connection.ts';
import { sqliteWords } from '../storage/sqlite/schema-words.ts';
import { runBatch } from './batch.ts';
import { type AnyCommand, defineCommand } from './command.ts';
import { refuse } from './refusal.ts';

let directory: string;
let connection: SqliteConnection;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'colloquy-batch-'));
  connection = openWriter(join(directory, 'test.db'));
  await migrate(connection, sqliteWords, 0);
});
afterEach(() => {
  connection.close();
  rmSync(directory, { recursive: true });
});

const call: Call = { command: 'try', actor: {}, input: {}, now: 0 };
const run = (command: AnyCommand, calls: Call[]) => runBatch(connection, dbOver(connection), () => command, calls);

test('When somebody else was quicker to insert, the command looks again, and what it did before is undone.', async () => {
  let runs = 0;
  const command = defineCommand({
    name: 'try',
    orderKey: () => '',
    run: async (tx) => {
      runs += 1;
      // As if another transaction had been committed after the look, the first time.
      if (runs > 1) throw refuse(50353);
      const row = { stream: 'CH1', date_created: 0 };
      await tx.sql.insertInto('sweeps').values(row).execute();
      await tx.sql.insertInto('sweeps').values(row).execute();
    },
  });
  const { outcomes } = await run(command, [call]);
  expect(runs).toBe(2);
  expect(outcomes).toEqual([{ ok: false, refusal: { code: 50353, holes: {} } }]);
  expect((await connection.query('SELECT * FROM sweeps', [])).rows).toEqual([]);
});

test('A command that breaks a uniqueness by itself is told once more and then given up.', async () => {
  let runs = 0;
  const command = defineCommand({
    name: 'try',
    orderKey: () => '',
    run: async (tx) => {
      runs += 1;
      const row = { stream: 'CH1', date_created: 0 };
      await tx.sql.insertInto('sweeps').values([row, row]).execute();
    },
  });
  const { outcomes } = await run(command, [call]);
  expect(runs).toBe(2);
  expect(outcomes[0]).toMatchObject({ ok: false, fault: expect.stringContaining('UNIQUE') });
});
