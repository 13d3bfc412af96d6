/**
 * Breaks a running installation for minutes while people use it, and compares afterwards what they were told with what is
 * there: `npm run chaos -- --set single --minutes 2 --seed 7`. `--check` judges a journal again that a run has left.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Evidence } from './checker/evidence.ts';
import { type Kind, kinds, possibleKinds } from './faults/kinds.ts';
import { readJournal } from './record/journal.ts';
import { describe, isGood, report } from './report.ts';
import { run } from './run.ts';
import { canLimitFiles, type SetName, sets } from './sets.ts';

const { values } = parseArgs({
  options: {
    set: { type: 'string', default: 'single' },
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(randomBytes(4).readUInt32BE()) },
    faults: { type: 'string' },
    journal: { type: 'string' },
    report: { type: 'string' },
    check: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const say = (text: string) => process.stdout.write(`${text}\n`);
const minutes = Number(values.minutes);
const seed = Number(values.seed);
const wanted = values.faults?.split(',') as Kind[] | undefined;
if (!(minutes > 0) || !Number.isSafeInteger(seed) || !Object.hasOwn(sets, values.set)) {
  throw new Error(`Give --minutes more than 0, --seed a whole number, --set ${Object.keys(sets).join(' or ')}.`);
}
for (const kind of wanted ?? []) {
  if (!kinds.includes(kind)) throw new Error(`There is no fault "${kind}": ${kinds.join(', ')}.`);
}

async function judged(): Promise<Evidence> {
  if (values.check !== undefined) return new Evidence(readJournal(values.check));
  const journal = values.journal ?? join(tmpdir(), `colloquy-chaos-${values.set}-${seed}-${Date.now()}.ndjson`);
  say(`--set ${values.set} --minutes ${minutes} --seed ${seed}, the journal is ${journal}`);
  return await run({
    seed,
    minutes,
    set: values.set,
    open: sets[values.set as SetName],
    faults: (at) => {
      const possible = possibleKinds(at, canLimitFiles());
      return wanted ? possible.filter((kind) => wanted.includes(kind)) : possible;
    },
    journal,
    keep: values.keep,
    say,
  });
}

const result = report(await judged());
if (values.report !== undefined) writeFileSync(values.report, `${JSON.stringify(result, null, 2)}\n`);
say(describe(result));
process.exit(isGood(result) ? 0 : 1);
