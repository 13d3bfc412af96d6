import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Flags, flagTable, readAsked } from '../operate/arguments.ts';
import { OperateError } from '../operate/operate-error.ts';
import { type Place, placeOf, workAt } from '../operate/place.ts';
import { grouped, openProgress } from '../operate/progress.ts';
import { runCommand } from '../operate/run.ts';
import type { Loading } from '../storage/loading.ts';
import { databaseFile } from '../storage/sqlite/database-file.ts';
import { openSqliteLoading } from '../storage/sqlite/loading.ts';
import { tryLockFile } from '../storage/sqlite/lock.ts';
import { amountOf } from './manifest.ts';
import { restoreBackup } from './restore.ts';
import { readManifest, verifyBackup } from './verify.ts';

const flags = {
  '--verify': [null, 'look whether the backup is whole, and restore nothing'],
} as const satisfies Flags;

const settingFlags = {
  '--data-dir': ['directory', 'where the data are to be; by default ./data'],
  '--database-url': ['url', 'an empty PostgreSQL database; SQLite without it'],
} as const satisfies Flags;

const help = `Usage: colloquy restore <directory> [flags]

Puts a backup in the place of a server that has no data yet: into the data
directory, and into PostgreSQL where --database-url names an empty database.
The backup is read and compared with its checksums first, the doctor looks at
what is restored, and the database is there whole or not at all. Start the
server afterwards; it does not start while this runs.

Exit code 0: it is restored. 1: it is not. 2: wrong use.

${flagTable(flags, settingFlags)}`;

/** `colloquy restore …` @param argv what follows the word */
export async function restore(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(help);
    return;
  }
  await runCommand(async () => {
    const { given, words, settings } = readAsked(argv, flags, process.cwd());
    const [from, extra] = words;
    if (from === undefined) throw new OperateError('Say which backup to restore: its directory.', 2);
    if (extra !== undefined) throw new OperateError(`"${extra}" is not expected; --help says what is.`, 2);
    const directory = resolve(process.cwd(), from);
    const progress = openProgress();
    try {
      if (given.has('--verify')) {
        const manifest = await verifyBackup(directory, progress.say);
        progress.clear();
        process.stdout.write(`${directory} is whole: ${amountOf(manifest)}, as of ${manifest.date}.\n`);
        return 0;
      }
      const place = placeOf(settings, process.cwd());
      // Where there is no backup nothing is made.
      await readManifest(directory);
      return await workAt(place, 1, () => restoreInto(place, directory, progress));
    } finally {
      progress.clear();
    }
  });
}

async function restoreInto(
  place: Place,
  directory: string,
  progress: ReturnType<typeof openProgress>,
): Promise<number> {
  const began = performance.now();
  mkdirSync(place.dataDir, { recursive: true, mode: 0o700 });
  const unlock = await lockOf(place);
  try {
    const open = (schema: number) => openLoading(place, schema);
    const { dataDir, media } = place;
    const { manifest, findings } = await restoreBackup(directory, { dataDir, media, open }, progress.say);
    progress.clear();
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const lines = [`${place.database} has ${amountOf(manifest)}, as of ${manifest.date}, after ${seconds} seconds.`];
    if (manifest.secrets.length === 0) {
      lines.push('The backup has no secrets: give the server the credentials and the secretsKey of the one before.');
    }
    if (manifest.media === null) lines.push('The backup has no files of messages.');
    if (findings.length > 0) {
      lines.push(`The doctor finds ${grouped(findings.length)} things wrong, as they were when the backup was made:`);
      lines.push(...findings.slice(0, 5).map((finding) => `  ${finding}`));
    }
    process.stdout.write(`${lines.join('\n')}\n`);
    return 0;
  } finally {
    await unlock();
  }
}

/** No server starts in the directory, or on the database, before this ends; nor does another restore begin there. */
async function lockOf({ dataDir, kind, url, database }: Place): Promise<() => Promise<void>> {
  if (kind === 'sqlite' && existsSync(join(dataDir, databaseFile))) {
    throw new OperateError(`${dataDir} has a database already: restore into an empty directory.`);
  }
  const unlock = tryLockFile(join(dataDir, 'lock'));
  if (!unlock) {
    throw new OperateError(
      `A server uses ${dataDir}, or another backup is being put into it: restore into an empty directory.`,
    );
  }
  try {
    const release = kind === 'postgres' ? await holdDatabase(url ?? '', database) : undefined;
    return async () => {
      await release?.();
      unlock();
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

async function holdDatabase(url: string, database: string): Promise<() => Promise<void>> {
  // Loaded only where it is used.
  const { holdForRestoring } = await import('../storage/postgres/holding.ts');
  const release = await holdForRestoring(url);
  if (release) return release;
  throw new OperateError(
    `A server is just starting on ${database}, or another backup is being put into it: restore into an empty database.`,
  );
}

async function openLoading({ kind, url, dataDir, database }: Place, schema: number): Promise<Loading> {
  if (kind === 'sqlite') return openSqliteLoading(dataDir, schema, Date.now());
  // Loaded only where it is used.
  const { openPostgresLoading } = await import('../storage/postgres/loading.ts');
  const { contentsOf, describeObstacle } = await import('../storage/postgres/contents.ts');
  const contents = await contentsOf(url ?? '');
  if (contents.kind === 'ours') {
    throw new OperateError(`${database} has tables of Colloquy already: restore into an empty database.`);
  }
  // Broken off, it left a mark there and nothing else.
  const obstacle = contents.kind === 'restoring' ? undefined : describeObstacle(contents);
  if (obstacle !== undefined) throw new OperateError(`${obstacle} Restore into an empty database.`);
  return openPostgresLoading(url ?? '', schema, Date.now());
}
