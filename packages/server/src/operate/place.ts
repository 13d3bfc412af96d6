import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { mediaBucketOf } from '../config/media-bucket.ts';
import { withoutSecrets } from '../config/secret-urls.ts';
import type { Settings } from '../config/settings.ts';
import { DiskStore } from '../media/disk/disk-store.ts';
import { S3Store } from '../media/s3/s3-store.ts';
import type { MediaStore } from '../media/store.ts';
import { unfinishedRestore } from '../storage/loading.ts';
import { movedSentence, readMarker } from '../storage/moved-marker.ts';
import { describeUnusableDatabase } from '../storage/postgres/unusable.ts';
import type { Snapshots } from '../storage/snapshots.ts';
import { databaseFile } from '../storage/sqlite/database-file.ts';
import { openSqliteSnapshots } from '../storage/sqlite/snapshots.ts';
import { describeUnusableFile, isDamagedFile } from '../storage/sqlite/unusable.ts';
import { readUnfinished } from '../storage/unfinished-restore.ts';
import { OperateError } from './operate-error.ts';

/** Where the data of a server are, or will be. */
export interface Place {
  /** Absolute. */
  dataDir: string;
  kind: 'sqlite' | 'postgres';
  /** For people; no secret in it. */
  database: string;
  /** Of PostgreSQL. */
  url: string | undefined;
  media: MediaStore;
}

export function placeOf(settings: Settings, cwd: string): Place {
  const dataDir = resolve(cwd, settings.dataDir);
  const bucket = mediaBucketOf(settings);
  const media = bucket ? new S3Store(bucket) : new DiskStore(join(dataDir, 'media'));
  const { databaseUrl: url } = settings;
  if (url === undefined) return { dataDir, kind: 'sqlite', database: join(dataDir, databaseFile), url, media };
  return { dataDir, kind: 'postgres', database: withoutSecrets(url), url, media };
}

/** @throws OperateError when there is nothing there @throws StorageUnavailable when it cannot be reached */
export async function openSnapshots({ kind, database, url, dataDir }: Place): Promise<Snapshots> {
  if (kind === 'sqlite') {
    const moved = readMarker(dataDir);
    if (moved) throw new OperateError(movedSentence(dataDir, moved), 2);
    if (existsSync(database)) return openSqliteSnapshots(database);
    const unfinished = readUnfinished(dataDir);
    if (unfinished) throw new OperateError(unfinishedRestore(dataDir, unfinished.since), 2);
    throw new OperateError(`There is no ${database}: say with --data-dir where the data of the server are.`, 2);
  }
  // Loaded only where it is used.
  const { openPostgresSnapshots } = await import('../storage/postgres/snapshots.ts');
  const { contentsOf, describeObstacle } = await import('../storage/postgres/contents.ts');
  const contents = await contentsOf(url ?? '');
  if (contents.kind === 'empty') {
    throw new OperateError(`${database} has no data of a server: say with --database-url where they are.`, 2);
  }
  const obstacle = describeObstacle(contents);
  if (obstacle !== undefined) throw new OperateError(`${database} cannot be read: ${obstacle}`, 2);
  return openPostgresSnapshots(url ?? '');
}

/**
 * Does work on a place.
 *
 * @param place `setting`: what gives the address of PostgreSQL, where it is another one than the server's
 * @param exitCode where its database cannot be used
 * @throws OperateError where that is so; of everything else what the work throws
 */
export async function workAt<R>(
  { url, database, setting }: Pick<Place, 'url' | 'database'> & { setting?: string },
  exitCode: number,
  work: () => Promise<R>,
): Promise<R> {
  try {
    return await work();
  } catch (error) {
    // What is damaged is a finding, and no reason why nothing could be found.
    const unusable = isDamagedFile(error)
      ? undefined
      : (describeUnusableDatabase(error, url, setting) ?? describeUnusableFile(error, database));
    throw unusable === undefined ? error : new OperateError(unusable, exitCode);
  }
}
