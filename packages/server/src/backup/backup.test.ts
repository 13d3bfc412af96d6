import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { examine } from '../doctor/examine.ts';
import { directoryIdFile, directoryIdOf } from '../media/disk/directory-id.ts';
import { DiskStore } from '../media/disk/disk-store.ts';
import type { MediaStore } from '../media/store.ts';
import type { Loading } from '../storage/loading.ts';
import { connectClient } from '../storage/postgres/connect.ts';
import { contentsOf } from '../storage/postgres/contents.ts';
import { openPostgresLoading } from '../storage/postgres/loading.ts';
import { openPostgresSnapshots } from '../storage/postgres/snapshots.ts';
import type { Snapshots } from '../storage/snapshots.ts';
import { openSqliteLoading } from '../storage/sqlite/loading.ts';
import { openSqliteSnapshots } from '../storage/sqlite/snapshots.ts';
import { latestSchema } from '../storage/tables.ts';
import { type OpenRest, openRest } from '../testing/open-rest.ts';
import { anySteps, play } from '../testing/random-traffic.ts';
import { findPostgres, type RunningPostgres, runPostgres } from '../testing/run-postgres.ts';
import { contentOf, epochIn } from '../testing/stored.ts';
import { plantWorld } from '../testing/world.ts';
import { restoreBackup } from './restore.ts';
import { secretFiles, type Written, writeBackup } from './write.ts';

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

/** Of which PostgreSQL has no idea how much is in them. */
async function tablesNotLearnt(url: string): Promise<string[]> {
  const client = await connectClient(url);
  const { rows } = await client.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples < 0",
  );
  await client.end();
  return rows.map(({ name }) => name);
}

function into(dataDir: string, open = (schema: number): Promise<Loading> => openSqliteLoading(dataDir, schema, 0)) {
  return { dataDir, media: new DiskStore(join(dataDir, 'media')), open };
}

function modeOf(file: string): number {
  return statSync(file).mode & 0o777;
}

/** Writes another text into a file of lines, and its checksum into the manifest. @returns what undoes it */
function forge(directory: string, name: string, change: (text: string) => string): () => void {
  const [file, manifestPath] = [join(directory, name), join(directory, 'manifest.json')];
  const [before, manifest] = [readFileSync(file), readFileSync(manifestPath, 'utf8')];
  const sum = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  const after = gzipSync(change(gunzipSync(before).toString()));
  writeFileSync(file, after);
  writeFileSync(manifestPath, manifest.replace(sum(before), sum(after)));
  return () => {
    writeFileSync(file, before);
    writeFileSync(manifestPath, manifest);
  };
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
    const { manifest, findings, missing, removed } = await backUp(directory);
    expect({ findings, missing, removed }).toEqual({ findings: 0, missing: [], removed: [] });
    expect(manifest.secrets.map(({ file }) => file)).toEqual(['secrets/credentials.json', 'secrets/secrets.key']);
    for (const { file } of manifest.secrets) expect(modeOf(join(directory, file))).toBe(0o600);

    // As a copy on another medium may have it.
    for (const { file } of manifest.secrets) chmodSync(join(directory, file), 0o644);
    const dataDir = mkdtempSync(join(scratch, 'restored-'));
    await restoreBackup(directory, into(dataDir), quiet);
    for (const name of secretFiles) {
      expect(modeOf(join(dataDir, name))).toBe(0o600);
      expect(readFileSync(join(dataDir, name))).toEqual(readFileSync(join(directory, 'secrets', name)));
    }
    expect(await contentOf(snapshotsOf(dataDir))).toEqual(await contentOf(snapshotsOf(at.config.dataDir)));
    expect(await findingsIn(snapshotsOf(dataDir))).toEqual([]);

    const again = await openRest({ dataDir, databaseUrl: undefined });
    const { conversations } = await again.get('/v1/Conversations');
    expect(conversations.length).toBeGreaterThan(0);
    await again.post(`/v1/Conversations/${conversations[0].sid}/Messages`, { Body: 'after' });
    // Whoever was told of what came after the backup is not to take what comes now for that.
    expect(await epochIn(snapshotsOf(dataDir))).not.toBe(await epochIn(snapshotsOf(at.config.dataDir)));
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
    expect(await tablesNotLearnt(url)).toEqual([]);

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
    await again.server.close();
    expect(await findingsIn(await openPostgresSnapshots(url))).toEqual([]);

    // The server has noted where files are, which is not where those of the backup are put.
    const served = join(scratch, 'served');
    const inUse = await openPostgresSnapshots(url);
    await writeBackup({ snapshots: inUse, database: 'postgres', dataDir, media, secrets: true }, served, quiet);
    await inUse.close();
    const compared = async (snapshots: Snapshots) =>
      (await contentOf(snapshots))['server_keys']?.map((row) => (row as { name: string }).name);
    const elsewhere = ['directory of files', 'place of files'];
    expect(await compared(await openPostgresSnapshots(url))).toEqual(expect.arrayContaining(elsewhere));
    const fourth = mkdtempSync(join(scratch, 'fourth-'));
    await restoreBackup(served, into(fourth), quiet);
    expect(await compared(snapshotsOf(fourth))).toEqual(['API key', 'auth token', 'secrets key']);
  });

  test('is restored beside the id of a directory of files, which stays, also when the restore fails.', async () => {
    const directory = join(scratch, 'beside-id');
    await backUp(directory);
    const dataDir = mkdtempSync(join(scratch, 'with-id-'));
    const media = join(dataDir, 'media');
    const id = await directoryIdOf(media);
    const full = async (): Promise<Loading> => ({
      ...(await openSqliteLoading(dataDir, latestSchema, 0)),
      finish: () => Promise.reject(new Error('The disk is full.')),
    });
    await expect(restoreBackup(directory, into(dataDir, full), quiet)).rejects.toThrow('The disk is full.');
    expect(readdirSync(media)).toEqual([directoryIdFile]);
    await restoreBackup(directory, into(dataDir), quiet);
    expect(await directoryIdOf(media)).toBe(id);
    expect(await contentOf(snapshotsOf(dataDir))).toEqual(await contentOf(snapshotsOf(at.config.dataDir)));
    // Of what is there besides, nothing is copied.
    const snapshots = snapshotsOf(dataDir);
    const again = join(scratch, 'beside-id-again');
    const store = new DiskStore(media);
    await writeBackup({ snapshots, database: 'sqlite', dataDir, media: store, secrets: true }, again, quiet);
    await snapshots.close();
    expect(existsSync(join(again, 'media', directoryIdFile))).toBe(false);
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

  test.skipIf(!programs)(
    'is put into PostgreSQL however long the files take, and nothing is left when it breaks.',
    async () => {
      const directory = join(scratch, 'slow');
      await backUp(directory);
      const url = (await postgres?.create()) ?? '';
      const dataDir = join(scratch, 'slow-restored');
      let limits: unknown;
      let session = 0;
      const open = async (schema: number) => {
        const loading = await openPostgresLoading(url, schema, 0);
        const names = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];
        const settings = names.map((name) => `current_setting('${name}')`).join(" || ' ' || ");
        const { rows } = await sql<{ limits: string; pid: number }>`
        SELECT ${sql.raw(settings)} AS limits, pg_backend_pid() AS pid`.execute(loading.db.sql);
        limits = rows[0]?.limits;
        session = rows[0]?.pid ?? 0;
        return loading;
      };
      const media: MediaStore = {
        open: async () => undefined,
        put: async () => {
          const client = new pg.Client(url);
          await client.connect();
          await client.query('SELECT pg_terminate_backend($1)', [session]);
          await client.end();
        },
        remove: async () => {},
      };
      await expect(restoreBackup(directory, { dataDir, media, open }, quiet)).rejects.toThrow();
      expect(limits).toBe('0 0 0');
      expect(await contentsOf(url)).toEqual({ kind: 'empty' });
      expect(readdirSync(dataDir)).toEqual([]);
    },
  );

  test('that fails on the way takes out of a store what it put there, and nothing else.', async () => {
    const directory = join(scratch, 'shared');
    await backUp(directory);
    const [folder = ''] = readdirSync(join(directory, 'media'));
    const [sid = ''] = readdirSync(join(directory, 'media', folder));
    for (const before of [[], [[sid, Buffer.from('as it was')]]] as [string, Buffer][][]) {
      const kept = new Map(before);
      const media: MediaStore = {
        open: async (name) => (kept.has(name) ? Readable.from([kept.get(name)]) : undefined),
        put: async (name, bytes) => void kept.set(name, await buffer(bytes)),
        remove: async (name) => void kept.delete(name),
      };
      const dataDir = mkdtempSync(join(scratch, 'shared-restored-'));
      const open = async (schema: number): Promise<Loading> => {
        const loading = await openSqliteLoading(dataDir, schema, 0);
        const finish = () => Promise.reject(new Error(`${kept.has(sid)}`));
        return { ...loading, finish };
      };
      await expect(restoreBackup(directory, { dataDir, media, open }, quiet)).rejects.toThrow('true');
      expect([...kept]).toEqual(before);
    }
  });

  test('that names no file of a message, or no column, is refused although its checksums fit.', async () => {
    const directory = join(scratch, 'forged');
    await backUp(directory);
    const dataDir = mkdtempSync(join(scratch, 'forged-restored-'));
    const restored = () => restoreBackup(directory, into(dataDir), quiet);
    const undo = forge(directory, 'media.jsonl.gz', (text) =>
      text.replace(/ME[0-9a-f]{32}/, '../../secrets/secrets.key'),
    );
    await expect(restored()).rejects.toThrow(/no file of a message/);
    undo();
    const users = 'tables/users.jsonl.gz';
    const undoName = forge(directory, users, (text) => text.replace('"sid"', String.raw`"sid\") SELECT 1; --"`));
    await expect(restored()).rejects.toThrow(/no column/);
    undoName();
    forge(directory, users, (text) => text.replace('"sid"', '"sids"'));
    await expect(restored()).rejects.toThrow('The table users has no column "sids".');
    expect(readdirSync(dataDir)).toEqual([]);
  });

  test('does not go over what is there.', async () => {
    const directory = join(scratch, 'twice');
    await backUp(directory);
    await expect(backUp(directory)).rejects.toThrow(/is there already/);
    await expect(restoreBackup(directory, into(at.config.dataDir), quiet)).rejects.toThrow(/is there already/);
  });
});
