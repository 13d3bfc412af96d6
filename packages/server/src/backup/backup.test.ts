import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { examine } from '../doctor/examine.ts';
import { DiskStore } from '../media/disk/disk-store.ts';
import type { Loading } from '../storage/loading.ts';
import { openPostgresLoading } from '../storage/postgres/loading.ts';
import { openPostgresSnapshots } from '../storage/postgres/snapshots.ts';
import type { Snapshots } from '../storage/snapshots.ts';
import { openSqliteLoading } from '../storage/sqlite/loading.ts';
import { openSqliteSnapshots } from '../storage/sqlite/snapshots.ts';
import { readTable, tables } from '../storage/tables.ts';
import { type OpenRest, openRest } from '../testing/open-rest.ts';
import { anySteps, play } from '../testing/random-traffic.ts';
import { findPostgres, type RunningPostgres, runPostgres } from '../testing/run-postgres.ts';
import { plantWorld } from '../testing/world.ts';
import { restoreBackup } from './restore.ts';
import { type Written, writeBackup } from './write.ts';

const programs = findPostgres();
const quiet = () => {};

let scratch: string;
let at: OpenRest;
let postgres: RunningPostgres | undefined;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'colloquy-backup-'));
  at = await openRest({ publicUrl: null, databaseUrl: undefined });
  // Kept by the configuration of a real server; tests give them.
  writeFileSync(at.config.credentialsFile, '{}');
  const { url } = await at.server.listen();
  await plantWorld(at, true, { url, proxy: '+12025550100' });
  await play(at, fc.sample(anySteps({ minLength: 200, maxLength: 200 }), { numRuns: 1, seed: 1 })[0] ?? []);
  await at.server.idle();
  if (programs) postgres = await runPostgres(programs, { fsync: 'off' });
}, 60_000);
afterAll(async () => {
  await at.discard();
  await postgres?.discard();
  rmSync(scratch, { recursive: true, force: true });
});

function snapshotsOf(directory: string): Snapshots {
  return openSqliteSnapshots(join(directory, 'colloquy.db'));
}

async function backUp(directory: string): Promise<Written> {
  const { dataDir } = at.config;
  const snapshots = snapshotsOf(dataDir);
  const media = new DiskStore(join(dataDir, 'media'));
  try {
    return await writeBackup({ snapshots, database: 'sqlite', dataDir, media, secrets: true }, directory, quiet);
  } finally {
    await snapshots.close();
  }
}

function into(dataDir: string, open = (schema: number): Promise<Loading> => openSqliteLoading(dataDir, schema, 0)) {
  return { dataDir, media: new DiskStore(join(dataDir, 'media')), open };
}

async function contentOf(snapshots: Snapshots): Promise<Record<string, unknown[]>> {
  try {
    return await snapshots.within(async (db) => {
      const content: Record<string, unknown[]> = {};
      for (const table of tables) {
        content[table.name] = [];
        for await (const rows of readTable(db, table)) content[table.name]?.push(...rows);
      }
      return content;
    });
  } finally {
    await snapshots.close();
  }
}

async function findingsIn(snapshots: Snapshots): Promise<string[]> {
  const found: string[] = [];
  try {
    await examine(snapshots, { onFinding: ({ where, problem }) => found.push(`${where}: ${problem}`) });
  } finally {
    await snapshots.close();
  }
  return found;
}

describe('A backup', () => {
  test('holds everything, and a server starts on what is restored from it.', async () => {
    const directory = join(scratch, 'whole');
    const { manifest, findings, missing } = await backUp(directory);
    expect({ findings, missing }).toEqual({ findings: 0, missing: [] });
    expect(manifest.secrets.map(({ file }) => file)).toEqual(['secrets/credentials.json', 'secrets/secrets.key']);
    expect(statSync(join(directory, 'secrets/secrets.key')).mode & 0o777).toBe(0o600);

    const dataDir = mkdtempSync(join(scratch, 'restored-'));
    await restoreBackup(directory, into(dataDir), quiet);
    expect(await contentOf(snapshotsOf(dataDir))).toEqual(await contentOf(snapshotsOf(at.config.dataDir)));
    expect(await findingsIn(snapshotsOf(dataDir))).toEqual([]);

    const again = await openRest({ dataDir, databaseUrl: undefined });
    const { conversations } = await again.get('/v1/Conversations');
    expect(conversations.length).toBeGreaterThan(0);
    await again.post(`/v1/Conversations/${conversations[0].sid}/Messages`, { Body: 'after' });
    await again.discard();
  });

  test.skipIf(!programs)('of SQLite is restored into PostgreSQL, and back.', async () => {
    const directory = join(scratch, 'across');
    await backUp(directory);
    const url = (await postgres?.create()) ?? '';
    const dataDir = mkdtempSync(join(scratch, 'postgres-'));
    await restoreBackup(
      directory,
      into(dataDir, (schema) => openPostgresLoading(url, schema, 0)),
      quiet,
    );
    const content = await contentOf(await openPostgresSnapshots(url));
    expect(content).toEqual(await contentOf(snapshotsOf(at.config.dataDir)));
    expect(await findingsIn(await openPostgresSnapshots(url))).toEqual([]);

    const back = join(scratch, 'back');
    const snapshots = await openPostgresSnapshots(url);
    const media = new DiskStore(join(dataDir, 'media'));
    await writeBackup({ snapshots, database: 'postgres', dataDir, media, secrets: true }, back, quiet);
    await snapshots.close();
    const third = mkdtempSync(join(scratch, 'third-'));
    await restoreBackup(back, into(third), quiet);
    expect(await contentOf(snapshotsOf(third))).toEqual(content);

    const again = await openRest({ dataDir, databaseUrl: url });
    const { sid } = await again.post('/v1/Conversations', {});
    await again.post(`/v1/Conversations/${sid}/Messages`, { Body: 'numbers go on after those that are there' });
    await again.discard();
    expect(await findingsIn(await openPostgresSnapshots(url))).toEqual([]);
  });

  test('of an earlier version is restored, and the server brings it up to date.', async () => {
    const dataDir = mkdtempSync(join(scratch, 'earlier-'));
    await (await openSqliteLoading(dataDir, 8, 0)).finish();
    const directory = join(scratch, 'earlier');
    const snapshots = snapshotsOf(dataDir);
    const media = new DiskStore(join(dataDir, 'media'));
    await writeBackup({ snapshots, database: 'sqlite', dataDir, media, secrets: true }, directory, quiet);
    await snapshots.close();
    const restored = mkdtempSync(join(scratch, 'later-'));
    const { manifest } = await restoreBackup(directory, into(restored), quiet);
    expect(manifest.schema).toBe(8);
    expect(manifest.tables.map(({ name }) => name)).not.toContain('senders');
    const again = await openRest({ dataDir: restored, databaseUrl: undefined });
    await again.post('/v1/Conversations', {});
    await again.server.close();
    expect(await findingsIn(snapshotsOf(restored))).toEqual([]);
  });

  test('that is made while the server is at work is of one moment.', async () => {
    let playing = true;
    const steps = fc.sample(anySteps({ minLength: 300, maxLength: 300 }), { numRuns: 1, seed: 2 })[0] ?? [];
    const traffic = play(at, steps).finally(() => {
      playing = false;
    });
    let made = 0;
    while (playing) {
      const directory = join(scratch, `busy-${made}`);
      expect((await backUp(directory)).findings).toBe(0);
      const dataDir = mkdtempSync(join(scratch, 'busy-restored-'));
      expect((await restoreBackup(directory, into(dataDir), quiet)).findings).toEqual([]);
      made += 1;
    }
    await traffic;
    expect(made).toBeGreaterThan(0);
  }, 60_000);

  test('that is damaged anywhere is not restored, and leaves nothing behind.', async () => {
    const directory = join(scratch, 'damaged');
    await backUp(directory);
    const file = (name: string) => join(directory, name);
    const media = readdirSync(file('media'))[0] as string;
    const names = [
      'tables/messages.jsonl.gz',
      'secrets/secrets.key',
      `media/${media}/${readdirSync(file(`media/${media}`))[0]}`,
    ];
    for (const name of names) {
      const before = readFileSync(file(name));
      appendFileSync(file(name), 'x');
      const dataDir = mkdtempSync(join(scratch, 'nothing-'));
      await expect(restoreBackup(directory, into(dataDir), quiet)).rejects.toThrow(/damaged/);
      expect(readdirSync(dataDir)).toEqual([]);
      writeFileSync(file(name), before);
    }
    rmSync(file('tables/users.jsonl.gz'));
    await expect(restoreBackup(directory, into(join(scratch, 'never')), quiet)).rejects.toThrow(/missing/);
  });

  test('that fails on the way leaves nothing behind.', async () => {
    const directory = join(scratch, 'failing');
    await backUp(directory);
    const dataDir = mkdtempSync(join(scratch, 'failed-'));
    const open = async (schema: number): Promise<Loading> => {
      const loading = await openSqliteLoading(dataDir, schema, 0);
      return { ...loading, finish: () => Promise.reject(new Error('the disk is full')) };
    };
    await expect(restoreBackup(directory, into(dataDir, open), quiet)).rejects.toThrow('the disk is full');
    expect(readdirSync(dataDir)).toEqual([]);
    expect(readdirSync(scratch).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('does not go over what is there.', async () => {
    const directory = join(scratch, 'twice');
    await backUp(directory);
    await expect(backUp(directory)).rejects.toThrow(/is there already/);
    await expect(restoreBackup(directory, into(at.config.dataDir), quiet)).rejects.toThrow(/is there already/);
  });
});
