import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { withoutSecrets } from '../config/secret-urls.ts';
import { notesOf, settings as schema } from '../config/settings.ts';
import { type Flags, flagTable, readAsked } from '../operate/arguments.ts';
import { OperateError } from '../operate/operate-error.ts';
import { workAt } from '../operate/place.ts';
import { grouped, openProgress } from '../operate/progress.ts';
import { runCommand } from '../operate/run.ts';
import { unfinishedRestore } from '../storage/loading.ts';
import { markerFile } from '../storage/moved-marker.ts';
import { describeUnusableDatabase } from '../storage/postgres/unusable.ts';
import { databaseFile } from '../storage/sqlite/database-file.ts';
import { tables } from '../storage/tables.ts';
import { readUnfinished } from '../storage/unfinished-restore.ts';
import { abandonMove } from './abandon.ts';
import { moveToPostgres } from './move.ts';

const flags = {
  '--to': ['url', 'the new database: PostgreSQL, and empty'],
  '--abandon': [null, 'give up a move that was begun; SQLite stays in use'],
} as const satisfies Flags;

const settingFlags = {
  '--data-dir': ['directory', 'where the server has its data now; by default ./data'],
} as const satisfies Flags;

/** As the person who gave the address would name it. */
const addressSetting = '--to (COLLOQUY_DATABASE_URL)';

const { databaseUrl } = schema.shape;

const help = `Usage: colloquy migrate [--to <url>] [flags]

Moves the data of a server from SQLite to PostgreSQL while it works. Everything
is copied, then what changes meanwhile, and compared row by row. Then it waits
until you restart the server with the address of the new database
(COLLOQUY_DATABASE_URL): the last changes are made while it restarts. A server
does not start on the old database after that; its file stays as it was.

The address of the new database is --to or, without it, what the server will
have: COLLOQUY_DATABASE_URL, or the file that COLLOQUY_DATABASE_URL_FILE names.
Other users of the machine can see what stands behind --to, with the password.

Whatever stops it before, run again it goes on. --abandon takes away what it has
put into the old database: notes of what changed. Once servers can use the new
one it is refused.

Exit code 0: it is moved. 1: it is not. 2: wrong use.

${flagTable(flags, settingFlags)}`;

/** `colloquy migrate …` @param argv what follows the word */
export async function migrateCommand(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(help);
    return;
  }
  await runCommand(async () => {
    const { given, words, settings } = readAsked(argv, flags, process.cwd());
    if (words[0] !== undefined) throw new OperateError(`"${words[0]}" is not expected; --help says what is.`, 2);
    const dataDir = resolve(process.cwd(), settings.dataDir);
    const file = join(dataDir, databaseFile);
    const unfinished = existsSync(file) ? undefined : readUnfinished(dataDir);
    if (unfinished) throw new OperateError(unfinishedRestore(dataDir, unfinished.since), 2);
    if (!existsSync(file)) {
      throw new OperateError(`There is no ${file}: say with --data-dir where the data of the server are.`, 2);
    }
    const url = addressIn(given.get('--to')) ?? settings.databaseUrl;
    const place = { url, database: file, setting: addressSetting };
    if (given.has('--abandon')) return workAt(place, 1, () => abandon(dataDir, url));
    if (url === undefined) {
      throw new OperateError(
        'Say with COLLOQUY_DATABASE_URL or --to which database the data are to be moved to, an empty one, as ' +
          'postgres://user:password@host:5432/database.',
        2,
      );
    }
    return workAt(place, 1, () => move(dataDir, url));
  });
}

/** @throws OperateError with exit code 2 when it is no address */
function addressIn(given: string | undefined): string | undefined {
  const parsed = databaseUrl.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new OperateError(`--to does not fit; expected ${notesOf('databaseUrl').expects}.`, 2);
}

async function abandon(dataDir: string, url: string | undefined): Promise<number> {
  await abandonMove(dataDir, url);
  process.stdout.write('The move is given up; the old database is as it was. What was copied you can drop.\n');
  return 0;
}

async function move(dataDir: string, url: string): Promise<number> {
  const progress = openProgress();
  let stopped = false;
  const stop = () => {
    stopped = true;
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  const tell = (sentence: string) => {
    progress.clear();
    process.stdout.write(`${sentence}\n`);
  };
  try {
    const moved = await moveToPostgres({ dataDir, url, say: progress.say, tell, stopped: () => stopped });
    if (!moved) {
      tell('Stopped. Run the same command again to go on, or with --abandon to give the move up.');
      return 1;
    }
    const to = withoutSecrets(url);
    tell(
      `The data are in ${to}: ${grouped(moved.rows)} rows in ${tables.length} tables. The last step took ` +
        `${(moved.pause / 1000).toFixed(2)} seconds.`,
    );
    tell(`${join(dataDir, databaseFile)} is as it was left; ${markerFile} beside it keeps servers from using it.`);
    return 0;
  } catch (error) {
    const unusable = describeUnusableDatabase(error, url, addressSetting);
    if (unusable === undefined) throw error;
    throw new OperateError(
      `${unusable} Then run the same command again to go on, or with --abandon to give the move up.`,
    );
  } finally {
    progress.clear();
  }
}
