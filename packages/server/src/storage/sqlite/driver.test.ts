import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { openCore } from '../../testing/open-core.ts';
import { describeDriver } from '../conformance.ts';
import { openWriter } from './connection.ts';
import { openSqlite } from './driver.ts';

describeDriver({
  name: 'SQLite',
  open: (directory) => openCore({ ...onSqlite, ...(directory !== undefined && { directory }) }),
});

// What a killed process leaves is safe in any mode; only a machine that loses its power shows the difference.
test('A commit waits until it is on disk.', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'colloquy-test-'));
  const connection = openWriter(join(directory, 'colloquy.db'));
  const FULL = 2;
  expect(await connection.first('PRAGMA synchronous', [])).toEqual({ synchronous: FULL });
  expect(await connection.first('PRAGMA journal_mode', [])).toEqual({ journal_mode: 'wal' });
  connection.close();
  rmSync(directory, { recursive: true });
});

test('A data directory belongs to one process: a second one is told so in words.', async () => {
  const at = await openCore(onSqlite);
  await expect(openCore({ ...onSqlite, directory: at.directory })).rejects.toThrow('Another Colloquy server');
  await at.discard();
});

test('A database of a newer server is refused and left as it is.', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'colloquy-test-'));
  const at = await openCore({ ...onSqlite, directory });
  await at.close();
  const database = new DatabaseSync(join(directory, 'colloquy.db'));
  database.exec("INSERT INTO migrations VALUES (9999, 'future', 0)");
  database.close();
  await expect(openCore({ ...onSqlite, directory })).rejects.toThrow('Start the newer version');
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
  const database = new DatabaseSync(join(directory, 'colloquy.db'));
  database.exec('CREATE TABLE epochs (epoch); INSERT INTO epochs VALUES (12345)');
  database.close();
  const lost: Error[] = [];
  const onLost = (error: Error) => lost.push(error);
  const storage = await openSqlite({ directory, writer: pathToFileURL(writer), now: 0, onLost });
  await expect(storage.write(0, [])).rejects.toThrow('It broke.');
  await expect(storage.write(0, [])).rejects.toThrow('It broke.');
  await storage.close();
  expect(lost.map((error) => error.message)).toEqual(['It broke.']);
  rmSync(directory, { recursive: true });
});

/** Whatever the other tests run on. */
const onSqlite = { databaseUrl: undefined };

test('A writer thread that ends before it is ready is not waited for.', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'colloquy-test-'));
  const writer = join(directory, 'writer.mjs');
  writeFileSync(writer, 'process.exit(0);');
  const opened = openSqlite({ directory, writer: pathToFileURL(writer), now: 0 });
  await expect(opened).rejects.toThrow('The writer thread ended.');
  rmSync(directory, { recursive: true });
});

test.skipIf(process.platform === 'win32')(
  'In a directory that all may read, the files are still for their owner alone.',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'colloquy-test-'));
    chmodSync(directory, 0o755);
    const at = await openCore({ ...onSqlite, directory });
    const modes = readdirSync(directory).map((name) => [name, statSync(join(directory, name)).mode & 0o077]);
    expect(modes.length).toBeGreaterThan(3);
    for (const [, mode] of modes) expect(mode).toBe(0);
    await at.discard();
  },
);

test('Calls that cannot be sent to the writer do not take the answer of those that follow.', async () => {
  const at = await openCore(onSqlite);
  const { command, actor, input } = {
    command: 'accounts.ensure',
    actor: at.account,
    input: { account: at.account.account },
  };
  const unsendable = at.storage.write(0, [{ command, actor, input: { account: 1n }, now: 0 }]);
  const next = at.storage.write(0, [{ command, actor, input, now: 0 }]);
  await expect(unsendable).rejects.toThrow('BigInt');
  expect(await next).toMatchObject({ outcomes: [{ ok: true, value: { sid: at.account.account } }] });
  await at.discard();
});
