import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openCore } from '../../testing/open-core.ts';
import { describeDriver } from '../conformance.ts';

describeDriver({
  name: 'SQLite',
  open: (directory) => openCore(directory === undefined ? {} : { directory }),
});

test('A data directory belongs to one process: a second one is told so in words.', async () => {
  const at = await openCore();
  await expect(openCore({ directory: at.directory })).rejects.toThrow('Another Colloquy server');
  await at.discard();
});

test('A database of a newer server is refused and left as it is.', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'colloquy-test-'));
  const at = await openCore({ directory });
  await at.close();
  const database = new DatabaseSync(join(directory, 'colloquy.db'));
  database.exec("INSERT INTO migrations VALUES (9999, 'future', 0)");
  database.close();
  await expect(openCore({ directory })).rejects.toThrow('Start the newer version');
  rmSync(directory, { recursive: true });
});
