import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { openCore } from '../../testing/open-core.ts';
import { describeDriver } from '../conformance.ts';
import { openSqlite } from './driver.ts';

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

test('When the writer thread dies, whoever waits is told, and so is the server; closing does not wait for it.', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'colloquy-test-'));
  const writer = join(directory, 'writer.mjs');
  writeFileSync(
    writer,
    `import { parentPort } from 'node:worker_threads';
    parentPort.on('message', () => { throw new Error('It broke.'); });
    parentPort.postMessage({ ready: true });`,
  );
  new DatabaseSync(join(directory, 'colloquy.db')).close();
  const lost: Error[] = [];
  const onLost = (error: Error) => lost.push(error);
  const storage = await openSqlite({ directory, writer: pathToFileURL(writer), now: 0, onLost });
  await expect(storage.write(0, [])).rejects.toThrow('It broke.');
  await expect(storage.write(0, [])).rejects.toThrow('It broke.');
  await storage.close();
  expect(lost.map((error) => error.message)).toEqual(['It broke.']);
  rmSync(directory, { recursive: true });
});
