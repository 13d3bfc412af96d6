import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DiskStore } from '../media/disk/disk-store.ts';
import { openSqliteSnapshots } from '../storage/sqlite/snapshots.ts';
import { readUnfinished, writeUnfinished } from '../storage/unfinished-restore.ts';
import { openRest } from '../testing/open-rest.ts';
import { findPostgres, type RunningPostgres, runPostgres } from '../testing/run-postgres.ts';
import { plantWorld } from '../testing/world.ts';
import { writeBackup } from './write.ts';

const program = fileURLToPath(new URL('../cli.ts', import.meta.url));
const programs = findPostgres();

/** Each process loads the server, on machines that have others to run as well; milliseconds. */
const slow = 240_000;

let cwd: string;
let source: string;
let backup: string;
let postgres: RunningPostgres | undefined;

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'colloquy-broken-off-'));
  source = join(cwd, 'source');
  backup = join(cwd, 'kept');
  const at = await openRest({ dataDir: source, publicUrl: null, databaseUrl: undefined });
  const { url } = await at.server.listen();
  await plantWorld(at, true, { url, proxy: '+12025550100' });
  await at.server.close();
  const snapshots = openSqliteSnapshots(join(source, 'colloquy.db'));
  const media = new DiskStore(join(source, 'media'));
  await writeBackup({ snapshots, database: 'sqlite', dataDir: source, media, secrets: true }, backup, () => {});
  await snapshots.close();
  if (programs) postgres = await runPostgres(programs, { fsync: 'off' });
}, slow);
afterAll(async () => {
  await postgres?.discard();
  rmSync(cwd, { recursive: true, force: true });
});

function start(args: string[], env: Record<string, string> = {}): ChildProcess {
  const flags = ['--conditions=@colloquy/source', program, ...args];
  return spawn(process.execPath, flags, { cwd, env: { PATH: process.env['PATH'], ...env } });
}

async function run(...args: string[]): Promise<{ code: number | null; said: string }> {
  const child = start(args);
  const [out, complaints] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    once(child, 'close'),
  ]);
  return { code: child.exitCode, said: out + complaints };
}

/** Kills a restore while it waits for a bucket to answer, which comes after the rows. */
async function breakOff(place: string[], meanwhile: () => Promise<void>): Promise<void> {
  let ask = () => {};
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const silent = createServer(() => ask()).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const child = start(['restore', backup, ...place], {
    COLLOQUY_S3_BUCKET: 'media',
    COLLOQUY_S3_ENDPOINT: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    COLLOQUY_S3_ACCESS_KEY_ID: 'key',
    COLLOQUY_S3_SECRET_ACCESS_KEY: 'secret',
  });
  const complaints = text(child.stderr as NodeJS.ReadableStream);
  const ended = once(child, 'close');
  const first = await Promise.race([asked, ended.then(() => 'ended')]);
  if (first === 'ended') throw new Error(`It was not broken off: ${await complaints}`);
  await meanwhile();
  child.kill('SIGKILL');
  await ended;
  silent.closeAllConnections();
  silent.close();
}

const sentence =
  /^(.* cannot be read: )?`colloquy restore` began at \d{4}-\S+ to put a backup into .* run it again: it/;

describe.each(['SQLite', ...(programs ? ['PostgreSQL'] : [])])('A restore into %s that is killed', (engine) => {
  const isPostgres = engine === 'PostgreSQL';

  test(
    'leaves what no server and no command takes for a database, and is made anew.',
    async () => {
      const dataDir = join(cwd, engine);
      const url = isPostgres ? ((await postgres?.create()) ?? '') : undefined;
      const database = url === undefined ? [] : ['--database-url', url];
      const place = ['--data-dir', dataDir, ...database];
      await breakOff(place, async () => {
        const other = isPostgres ? ['--database-url', (await postgres?.create()) ?? ''] : [];
        const since = readUnfinished(dataDir)?.since;
        expect(await run('restore', backup, '--data-dir', dataDir, ...other)).toMatchObject({
          code: 1,
          said: expect.stringContaining('or another backup is being put into it'),
        });
        expect(since).toBeDefined();
        expect(readUnfinished(dataDir)?.since).toBe(since);
      });
      expect(existsSync(join(dataDir, 'colloquy.db'))).toBe(false);

      const refused = await Promise.all([
        run('start', '--port', '0', ...place),
        run('doctor', ...place),
        run('backup', 'of-nothing', ...place),
        ...(url === undefined
          ? [run('migrate', ...place, '--to', 'postgres://127.0.0.1:1/x')]
          : [run('migrate', '--data-dir', source, '--to', url)]),
        // Another of several servers.
        ...(url === undefined ? [] : [run('start', '--port', '0', '--data-dir', join(cwd, 'other'), ...database)]),
      ]);
      for (const { said } of refused) expect(said).toMatch(sentence);
      expect(refused.map(({ code }) => code)).toEqual(isPostgres ? [1, 2, 2, 1, 1] : [1, 2, 2, 2]);

      expect(await run('restore', backup, ...place)).toMatchObject({ code: 0 });
      expect(readUnfinished(dataDir)).toBeUndefined();
      expect(await run('doctor', ...place)).toMatchObject({ code: 0 });

      // As if it had been killed just before its last step.
      writeUnfinished(dataDir, { since: new Date(0).toISOString() });
      const key = () => readFileSync(join(dataDir, 'secrets.key'), 'utf8');
      const before = key();
      expect(await run('restore', backup, ...place)).toMatchObject({
        code: 1,
        said: expect.stringMatching(/already: restore into an empty/),
      });
      expect(key()).toBe(before);
      const at = await openRest({ dataDir, databaseUrl: url });
      const { conversations } = await at.get('/v1/Conversations');
      expect(conversations.length).toBeGreaterThan(0);
      await at.server.close();
      expect(readUnfinished(dataDir)).toBeUndefined();
    },
    slow,
  );
});
