import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { withoutSecrets } from '../config/secret-urls.ts';
import { OperateError } from '../operate/operate-error.ts';
import { grouped } from '../operate/progress.ts';
import { movedSentence, readMarker, writeMarker } from '../storage/moved-marker.ts';
import { contentsOf } from '../storage/postgres/contents.ts';
import type { Snapshots } from '../storage/snapshots.ts';
import { databaseFile } from '../storage/sqlite/database-file.ts';
import { tryLockFile } from '../storage/sqlite/lock.ts';
import { openSqliteSnapshots } from '../storage/sqlite/snapshots.ts';
import { latestSchema, newerSchema, schemaOf, type Table } from '../storage/tables.ts';
import { catchUp, copyTables, makeChanges } from './catch-up.ts';
import { ChangeNotes } from './changes.ts';
import { compareAll, requireEqualCounts } from './compare.ts';
import { Target } from './target.ts';

export interface MoveOptions {
  dataDir: string;
  /** Of an empty PostgreSQL database, or of one that an earlier run has begun to fill. */
  url: string;
  /** How far it is; for the terminal. */
  say(text: string): void;
  /** What a person has to know. */
  tell(sentence: string): void;
  /** Asked between two pieces of work. */
  stopped(): boolean;
  /** Rows that are read and written at once. */
  pageSize?: number;
}

export interface Moved {
  /** Rows that were compared. */
  compared: number;
  /** All rows that there were in the end. */
  rows: number;
  /** From when the old server was known to have stopped until a new one may start; milliseconds. */
  pause: number;
}

/** How often is looked whether something changed and whether the server stopped, once all is copied; milliseconds. */
const lookEvery = 100;

/**
 * Moves a database from SQLite to PostgreSQL while the server works: copies it, makes every change that comes in
 * meanwhile, compares row by row, and waits until the server stops. Then it makes the last changes and lets the next
 * server start, which waits for that. Whatever ends it before, run again it goes on.
 *
 * @returns undefined when it was stopped
 */
export async function moveToPostgres(options: MoveOptions): Promise<Moved | undefined> {
  const { dataDir, url } = options;
  const file = join(dataDir, databaseFile);
  const source = openSqliteSnapshots(file);
  let notes: ChangeNotes | undefined;
  let target: Target | undefined;
  try {
    const schema = await source.within(schemaOf);
    if (schema > latestSchema) throw new OperateError(newerSchema(schema));
    if (schema < latestSchema) {
      throw new OperateError(
        `The database has schema ${schema}, and this version makes ${latestSchema}: start this version on it once.`,
      );
    }
    notes = new ChangeNotes(file);
    const id = notes.name();
    const marker = readMarker(dataDir);
    const contents = marker?.id === id ? await contentsOf(url) : undefined;
    if (marker && contents?.kind !== 'moving') {
      // It was moved, and what was to follow did not come to its end. Or this is not the address that it was moved to.
      if (marker.id !== id || contents?.kind === 'ours') notes.remove({ isMoved: true });
      throw new OperateError(movedSentence(dataDir, marker));
    }
    target = await Target.open(url, id, Date.now());
    // Not before: where nothing can be copied to, notes would grow without anybody who forgets them.
    notes.begin();
    const moved = await copyAndFollow(options, source, target, notes);
    if (!moved) return undefined;
    return await finish(options, { source, target, notes, id, ...moved });
  } finally {
    await target?.close();
    notes?.close();
    await source.close();
  }
}

async function copyAndFollow(
  { dataDir, say, tell, stopped, pageSize = 1000 }: MoveOptions,
  source: Snapshots,
  target: Target,
  notes: ChangeNotes,
): Promise<{ compared: number; unlock: () => void } | undefined> {
  const copying = ({ name }: Table, rows: number) => say(`copying ${name}: ${grouped(rows)}`);
  await copyTables(source, target, { pageSize, say: copying, stopped });
  if (stopped()) return undefined;
  await catchUp(source, target);
  const compared = await compareAll(source, target, {
    pageSize,
    catchUp: async () => void (await makeChanges(source, target)),
    say: ({ name }, rows) => say(`comparing ${name}: ${grouped(rows)}`),
    stopped,
  });
  // Less may have been compared than there is.
  if (stopped()) return undefined;
  say('preparing the new database');
  await target.analyse();
  if (stopped()) return undefined;
  tell(`All is copied, and ${grouped(compared)} rows were compared. What changes now is copied, too.`);
  tell('Now restart the server with COLLOQUY_DATABASE_URL. When the old one has stopped, the last changes are made.');
  for (;;) {
    await catchUp(source, target);
    while (notes.forget(target.progress.applied));
    say(`following: ${grouped(target.progress.applied)} changes`);
    // The last time: once no server can start, it goes to its end.
    if (stopped()) return undefined;
    const unlock = tryLockFile(join(dataDir, 'lock'));
    if (unlock) return { compared, unlock };
    await setTimeout(lookEvery);
  }
}

interface Finishing {
  source: Snapshots;
  target: Target;
  notes: ChangeNotes;
  id: string;
  compared: number;
  unlock: () => void;
}

/** No server is at work. */
async function finish({ dataDir, url }: MoveOptions, ending: Finishing): Promise<Moved> {
  const { source, target, notes, id, compared, unlock } = ending;
  const began = performance.now();
  try {
    await catchUp(source, target);
    const rows = await requireEqualCounts(source, target);
    // First, so that there is no moment in which a server could start on either of the two.
    const date = readMarker(dataDir)?.date ?? new Date().toISOString();
    // Whoever gives the move up has done so before, which shows here, or finds the marker.
    notes.hold(() => writeMarker(dataDir, { id, to: withoutSecrets(url), date }));
    await target.finish();
    const pause = performance.now() - began;
    notes.remove({ isMoved: true });
    return { compared, rows, pause };
  } finally {
    unlock();
  }
}
