import { clockNote } from '../core/database-clock.ts';
import { type Flags, flagTable, readAsked } from '../operate/arguments.ts';
import { OperateError } from '../operate/operate-error.ts';
import { openSnapshots, placeOf, workAt } from '../operate/place.ts';
import { grouped, openProgress } from '../operate/progress.ts';
import { runCommand } from '../operate/run.ts';
import { readTime } from '../storage/postgres/time.ts';
import type { Snapshots } from '../storage/snapshots.ts';
import { checks } from './checks.ts';
import { examine } from './examine.ts';
import { listedInJson, listedInWords, reportInJson, reportInWords } from './report.ts';

const flags = {
  '--quick': [null, 'do not compare each message with the log'],
  '--json': [null, 'print a JSON object a line, for programs'],
  '--list': [null, 'print what is looked at, and look at nothing'],
} as const satisfies Flags;

const help = `Usage: colloquy doctor [flags]

Looks whether everything in the database agrees: logs without gaps, counts that
equal recounts, work that somebody does, nothing that belongs to nothing. It
only reads, a few hundred rows at a time, and may run beside the server. What
is wrong it says in sentences, each with what to do about it.

Exit code 0: nothing is wrong. 1: something is. 2: it could not look.

${flagTable(flags)}`;

/** Of a terminal, where it does not say itself. */
const columns = 80;

/** The exit code for that: nobody is to take it for a finding. */
const couldNotLook = 2;

/** `colloquy doctor …` @param argv what follows the word */
export async function doctor(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(help);
    return;
  }
  await runCommand(async () => {
    const { given, words, settings } = readAsked(argv, flags, process.cwd());
    if (words[0] !== undefined) throw new OperateError(`"${words[0]}" is not expected; --help says what is.`, 2);
    const inJson = given.has('--json');
    if (given.has('--list')) {
      const width = process.stdout.columns || columns;
      for (const check of checks) {
        process.stdout.write(`${inJson ? listedInJson(check) : listedInWords(check, width)}\n`);
      }
      return 0;
    }
    const progress = openProgress();
    const write = (line: string) => {
      progress.clear();
      process.stdout.write(`${line}\n`);
    };
    const place = placeOf(settings, process.cwd());
    const report = (inJson ? reportInJson : reportInWords)(write, place.database);
    const began = performance.now();
    const examination = await workAt(place, couldNotLook, async () => {
      const snapshots = await openSnapshots(place);
      try {
        const note = place.kind === 'postgres' ? clockNote(await clockAhead(snapshots)) : undefined;
        if (note !== undefined) report.note(note);
        return await examine(snapshots, {
          quick: given.has('--quick'),
          onFinding: report.find,
          onProgress: ({ name }, rows) => progress.say(`${name}: ${grouped(rows)}`),
        });
      } finally {
        progress.clear();
        await snapshots.close();
      }
    });
    report.end(examination, performance.now() - began);
    return examination.findings === 0 ? 0 : 1;
  }, couldNotLook);
}

/** By how much the clock of this machine is ahead of the database's, at least; milliseconds. */
async function clockAhead(snapshots: Snapshots): Promise<number> {
  const asked = Date.now();
  const time = await snapshots.within((db) => readTime(db.sql));
  const answered = Date.now();
  return time > answered ? answered - time : Math.max(asked - time, 0);
}
