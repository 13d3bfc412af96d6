import { resolve } from 'node:path';
import { type Flags, flagTable, readAsked } from '../operate/arguments.ts';
import { OperateError } from '../operate/operate-error.ts';
import { openSnapshots, type Place, placeOf, workAt } from '../operate/place.ts';
import { grouped, openProgress } from '../operate/progress.ts';
import { runCommand } from '../operate/run.ts';
import { amountOf } from './manifest.ts';
import { type Written, writeBackup } from './write.ts';

const flags = {
  '--without-media': [null, 'leave out the files of messages'],
  '--without-secrets': [null, 'leave out the credentials and the key of secrets'],
} as const satisfies Flags;

const help = `Usage: colloquy backup <directory> [flags]

Writes a backup into a new directory: the whole database as it was at one
moment, the files of messages, the credentials and the key that opens stored
secrets. The server may go on working. What was written is read back and
compared, and the directory gets its name only then. It can be restored into
SQLite and PostgreSQL alike, whichever it was made of.

Whoever can read it can act as the server and read all that was ever written:
keep it as you keep the server's own data.

Exit code 0: it is whole. 1: it is not there. 2: wrong use. 3: it was written
and read back, but the database names files of messages that are not in the
store, or the doctor finds something wrong in the database that was copied.

${flagTable(flags)}`;

/** The exit code for a backup that is as whole as what it was made of, which is not. */
const madeOfDamaged = 3;

/** `colloquy backup …` @param argv what follows the word */
export async function backup(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(help);
    return;
  }
  await runCommand(async () => {
    const { given, words, settings } = readAsked(argv, flags, process.cwd());
    const [to, extra] = words;
    if (to === undefined) throw new OperateError('Say which new directory to write the backup into.', 2);
    if (extra !== undefined) throw new OperateError(`"${extra}" is not expected; --help says what is.`, 2);
    const place = placeOf(settings, process.cwd());
    const directory = resolve(process.cwd(), to);
    const progress = openProgress();
    const began = performance.now();
    const content = { media: !given.has('--without-media'), secrets: !given.has('--without-secrets') };
    try {
      const { manifest, findings, missing, removed } = await workAt(place, 1, () =>
        writeFrom(place, content, directory, progress.say),
      );
      progress.clear();
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      const files = manifest.media === null ? 'no files' : `${grouped(manifest.media.files)} files`;
      const lines = [
        `${directory} has ${amountOf(manifest)} and ${files} of ${place.database}, as of ${manifest.date}.`,
        `It was written and read back in ${seconds} seconds.`,
      ];
      const kept = manifest.secrets.map(({ file }) => file).join(' and ');
      if (kept !== '') lines.push(`Secrets are in ${kept}: keep it where nobody else can read it.`);
      else lines.push('No secrets are in it: a restored server needs the credentials and the secretsKey of this one.');
      if (missing.length > 0) {
        lines.push(
          `Files are missing: the database names ${grouped(missing.length)} that are not in the store: ${some(missing)}.`,
        );
      }
      if (removed.length > 0) lines.push(`Files that were removed meanwhile are not in it: ${some(removed)}.`);
      if (findings > 0) {
        lines.push(`The doctor finds ${grouped(findings)} things wrong in the database: run colloquy doctor.`);
      }
      process.stdout.write(`${lines.join('\n')}\n`);
      return findings > 0 || missing.length > 0 ? madeOfDamaged : 0;
    } finally {
      progress.clear();
    }
  });
}

async function writeFrom(
  place: Place,
  content: { media: boolean; secrets: boolean },
  directory: string,
  say: (text: string) => void,
): Promise<Written> {
  const { kind: database, dataDir } = place;
  const media = content.media ? place.media : undefined;
  const snapshots = await openSnapshots(place);
  try {
    return await writeBackup({ snapshots, database, dataDir, media, secrets: content.secrets }, directory, say);
  } finally {
    await snapshots.close();
  }
}

function some(names: readonly string[]): string {
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} …` : names.join(', ');
}
