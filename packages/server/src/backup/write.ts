import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { examine } from '../doctor/examine.ts';
import type { MediaStore } from '../media/store.ts';
import { OperateError } from '../operate/operate-error.ts';
import { grouped } from '../operate/progress.ts';
import type { Db } from '../storage/db.ts';
import { writeFileDurably } from '../storage/durable-file.ts';
import type { Snapshots } from '../storage/snapshots.ts';
import { latestSchema, newerSchema, readTable, schemaOf, type Table, tablesUntil } from '../storage/tables.ts';
import { vaultKeyFile } from '../storage/vault.ts';
import { openDraft } from './draft.ts';
import { checksumOf, writeLines } from './lines.ts';
import { type Manifest, manifestFile, secretsFolder } from './manifest.ts';
import { copyMedia, mediaList, stillNamed } from './media.ts';
import { verifyBackup } from './verify.ts';

/** The files of a data directory without which what is in the database is of no use. */
export const secretFiles = ['credentials.json', vaultKeyFile] as const;

export interface BackupSource {
  snapshots: Snapshots;
  database: Manifest['database'];
  dataDir: string;
  /** Undefined: files of messages are left out. */
  media: MediaStore | undefined;
  secrets: boolean;
}

export interface Written {
  manifest: Manifest;
  /** What the doctor said of the database as it was copied. */
  findings: number;
  /** Files that the database still names, and the store does not have. */
  missing: string[];
  /** Files that were removed while they were to be copied. */
  removed: string[];
}

/**
 * Writes a backup of a database that may be in use: all of it as it was at one moment. It gets its name only when it is
 * whole and was read back.
 *
 * @param directory a new one
 * @param say what it is at; for the terminal
 */
export async function writeBackup(
  source: BackupSource,
  directory: string,
  say: (text: string) => void,
): Promise<Written> {
  const { path: draft, finish, discard } = openDraft(directory);
  try {
    mkdirSync(join(draft, 'tables'), { mode: 0o700 });
    const { absent, ...copied } = await source.snapshots.within((db) => copyAll(source, db, draft, say));
    const missing = await source.snapshots.within((db) => stillNamed(db, absent));
    const removed = absent.filter((sid) => !missing.includes(sid));
    const written = { ...copied, missing, removed };
    const text = `${JSON.stringify(written.manifest, null, 2)}\n`;
    writeFileSync(join(draft, manifestFile), text, { flag: 'wx', mode: 0o600, flush: true });
    await verifyBackup(draft, say);
    finish();
    return written;
  } catch (error) {
    discard();
    throw error;
  }
}

interface Copied extends Pick<Written, 'manifest' | 'findings'> {
  /** Files that the store does not have, of those that the database named then. */
  absent: string[];
}

async function copyAll(source: BackupSource, db: Db, draft: string, say: (text: string) => void): Promise<Copied> {
  // The first thing that is read: what follows is of this moment.
  const schema = await schemaOf(db);
  if (schema > latestSchema) throw new OperateError(newerSchema(schema));
  const date = new Date().toISOString();
  // Before the rest, since what is removed meanwhile is gone from the store.
  const copied =
    source.media &&
    (await copyMedia(db, source.media, draft, (files, bytes) =>
      say(`files: ${grouped(files)}, ${grouped(Math.round(bytes / 1e6))} MB`),
    ));
  const notes: Manifest['tables'] = [];
  for (const table of tablesUntil(schema)) if (!table.own) notes.push(await copyTable(db, table, draft, say));
  const findings = schema === latestSchema ? await findingsIn(db, say) : 0;
  const media = copied ? { file: mediaList, sha256: copied.sha256, files: copied.files, bytes: copied.bytes } : null;
  const { database } = source;
  const secrets = source.secrets ? await copySecrets(source.dataDir, draft) : [];
  return {
    manifest: { format: 1, date, database, schema, tables: notes, media, secrets },
    findings,
    absent: copied?.absent ?? [],
  };
}

/** Of an earlier version the doctor of this one cannot tell. */
async function findingsIn(db: Db, say: (text: string) => void): Promise<number> {
  const whole: Snapshots = { within: (work) => work(db), close: async () => {} };
  const { findings } = await examine(whole, {
    quick: true,
    onFinding: () => {},
    onProgress: ({ name }, rows) => say(`looking at ${name}: ${grouped(rows)}`),
  });
  return findings;
}

async function copyTable(
  db: Db,
  table: Table,
  draft: string,
  say: (text: string) => void,
): Promise<Manifest['tables'][number]> {
  const file = `tables/${table.name}.jsonl.gz`;
  let rows = 0;
  const pages = async function* () {
    for await (const page of readTable(db, table)) {
      rows += page.length;
      say(`${table.name}: ${grouped(rows)}`);
      // The columns of all rows are the same: their names stand once in each page.
      const [first = {}] = page;
      const columns = Object.keys(first);
      yield [columns, ...page.map((row) => Object.values(row))].map((line, at) =>
        at === 0 ? { columns: line } : line,
      );
    }
  };
  const sha256 = await writeLines(join(draft, file), pages());
  return { name: table.name, file, rows, sha256 };
}

async function copySecrets(dataDir: string, draft: string): Promise<Manifest['secrets']> {
  const notes: Manifest['secrets'] = [];
  for (const name of secretFiles) {
    const from = join(dataDir, name);
    if (!existsSync(from)) continue;
    const file = `${secretsFolder}/${name}`;
    mkdirSync(join(draft, secretsFolder), { recursive: true, mode: 0o700 });
    writeFileDurably(join(draft, file), readFileSync(from, 'utf8'), { mode: 0o600, replace: false });
    notes.push({ file, sha256: await checksumOf(draft, file) });
  }
  return notes;
}
