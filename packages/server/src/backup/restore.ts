import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { directoryOfFiles, placeOfFiles } from '../core/accounts/same-keys.ts';
import { examine } from '../doctor/examine.ts';
import { directoryIdFile } from '../media/disk/directory-id.ts';
import type { MediaStore } from '../media/store.ts';
import { OperateError } from '../operate/operate-error.ts';
import { grouped } from '../operate/progress.ts';
import { writeFileDurably } from '../storage/durable-file.ts';
import type { Loading } from '../storage/loading.ts';
import { latestSchema, type Row, tables } from '../storage/tables.ts';
import { readUnfinished, removeUnfinished, writeUnfinished } from '../storage/unfinished-restore.ts';
import type { Manifest } from './manifest.ts';
import { removeMedia, restoreMedia } from './media.ts';
import { readRows, readSecret, verifyBackup } from './verify.ts';
import { secretFiles } from './write.ts';

export interface RestoreTarget {
  /** Empty, or not there. */
  dataDir: string;
  media: MediaStore;
  /** Begins to fill the database, which is empty. @param schema number of the newest migration to make */
  open(schema: number): Promise<Loading>;
}

export interface Restored {
  manifest: Manifest;
  /** What the doctor says of it: the database was so when it was copied. */
  findings: string[];
}

/**
 * Puts a backup in the place of a server that has no data yet. The database comes last: until it is there, nothing is;
 * and before it is, the doctor has looked at it. What an earlier run left that was broken off is cleared away.
 *
 * @throws OperateError when the backup is damaged or the target holds something; it is as it was then
 */
export async function restoreBackup(
  directory: string,
  target: RestoreTarget,
  say: (text: string) => void,
): Promise<Restored> {
  const manifest = await verifyBackup(directory, say);
  if (manifest.schema > latestSchema) {
    throw new OperateError(`The backup is of a newer version of the server (schema ${manifest.schema}); use that one.`);
  }
  const { dataDir } = target;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const mediaDir = join(dataDir, 'media');
  const hasId = existsSync(join(mediaDir, directoryIdFile));
  // The id is of the directory and not of what is in it: a server that was to work here may have made it.
  const placesOfMedia = () =>
    hasId
      ? readdirSync(mediaDir)
          .filter((name) => name !== directoryIdFile)
          .map((name) => join(mediaDir, name))
      : [mediaDir];
  const places = () => [...secretFiles.map((name) => join(dataDir, name)), ...placesOfMedia()];
  const clear = () => {
    for (const place of places()) rmSync(place, { recursive: true, force: true });
  };
  const brokenOff = readUnfinished(dataDir) !== undefined;
  const taken = places().find((place) => existsSync(place));
  if (taken !== undefined && !brokenOff) {
    throw new OperateError(`${taken} is there already: restore into an empty directory.`);
  }
  if (!brokenOff) writeUnfinished(dataDir, { since: new Date().toISOString() });
  const loading = await target.open(manifest.schema).catch((error) => {
    if (!brokenOff) removeUnfinished(dataDir);
    throw error;
  });
  // What of the files was not in the store before.
  const put: string[] = [];
  try {
    // Not before: where there is a database already, this is what belongs to it.
    clear();
    const findings = await fill(loading, directory, manifest, say);
    if (manifest.media) {
      await restoreMedia(directory, manifest.media, target.media, put, (count) => say(`files: ${grouped(count)}`));
    }
    for (const name of secretFiles) {
      const kept = manifest.secrets.find(({ file }) => basename(file) === name);
      if (!kept) continue;
      writeFileDurably(join(dataDir, name), await readSecret(directory, kept), { mode: 0o600, replace: false });
    }
    await loading.finish();
    removeUnfinished(dataDir);
    return { manifest, findings };
  } catch (error) {
    const left = (what: string) =>
      new OperateError(`${(error as Error).message} What was made until then is still there: ${what}.`);
    // First: what else there is belongs to a database that cannot be given up.
    await loading.abandon().catch((reason: Error) => {
      throw left(`the tables (${reason.message})`);
    });
    const files = await removeMedia(target.media, put);
    // Only where they were not there before, as was looked above.
    clear();
    removeUnfinished(dataDir);
    throw files.length > 0 ? left(`the files ${files.join(', ')}`) : error;
  }
}

/** Servers would say that files are in another place than before: they are, since they were put there. */
function withoutPlaceOfFiles(table: string, rows: Row[]): Row[] {
  if (table !== 'server_keys') return rows;
  return rows.filter(({ name }) => name !== placeOfFiles && name !== directoryOfFiles);
}

async function fill(
  loading: Loading,
  directory: string,
  manifest: Manifest,
  say: (text: string) => void,
): Promise<string[]> {
  for (const one of manifest.tables) {
    const { name, rows: expected } = one;
    const table = tables.find((one) => one.name === name);
    if (!table) throw new OperateError(`The backup has a table ${name}, which this version does not know.`);
    let rows = 0;
    for await (const page of readRows(directory, one)) {
      const put = manifest.media ? withoutPlaceOfFiles(name, page) : page;
      if (put.length > 0) await loading.insert(table, put);
      rows += page.length;
      say(`${name}: ${grouped(rows)} of ${grouped(expected)}`);
    }
  }
  // Of an earlier version the doctor of this one cannot tell; the server looks after it when it starts.
  if (manifest.schema < latestSchema) return [];
  const findings: string[] = [];
  await examine(
    { within: (work) => work(loading.db), close: async () => {} },
    {
      onFinding: ({ where, problem }) => findings.push(`${where}: ${problem}`),
      onProgress: ({ name }, rows) => say(`looking at ${name}: ${grouped(rows)}`),
    },
  );
  return findings;
}
