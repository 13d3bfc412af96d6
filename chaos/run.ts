import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { assemble, type Cast } from './actors/cast.ts';
import { World } from './actors/world.ts';
import { sentenceOf } from './checker/ends.ts';
import { Evidence } from './checker/evidence.ts';
import type { Installation, InstallationOptions } from './cluster/installation.ts';
import type { Kind } from './faults/kinds.ts';
import { play } from './faults/play.ts';
import { schedule } from './faults/schedule.ts';
import { consult } from './record/consult.ts';
import { gather, lastWord, leftOver } from './record/gather.ts';
import { Journal, readJournal } from './record/journal.ts';

export interface RunOptions {
  seed: number;
  minutes: number;
  set: string;
  open(options: InstallationOptions): Promise<Installation>;
  faults(at: Installation): readonly Kind[];
  /** Where the journal goes; it must not be there. */
  journal: string;
  /** Does the folder stay in which the processes have their data and what they said? */
  keep: boolean;
  say(text: string): void;
}

/**
 * So long something may be left to be done without any of it getting on after all is well; milliseconds. Retries of
 * channels wait for up to half a minute, and what a clock put off that was ahead waits for that time.
 */
const patience = 120_000;

/** One run, from the first process to the last. @returns what its journal tells */
export async function run(options: RunOptions): Promise<Evidence> {
  const { seed, minutes, set, say } = options;
  const folder = mkdtempSync(join(tmpdir(), 'colloquy-chaos-'));
  const journal = new Journal(options.journal);
  let closing = false;
  const installation = await options.open({
    folder,
    onEnd: (node, how, since) => {
      if (closing) return;
      const ended = { kind: 'ended', node, how, ...(since !== undefined && { since }) } as const;
      say(`         ${sentenceOf(ended)}`);
      journal.note(ended);
    },
  });
  const world = new World(installation, journal, seed);
  const callOff = closeOnSignal(installation);
  try {
    const faults = options.faults(installation);
    const cast = await assemble(world);
    journal.note({ kind: 'run', seed, minutes, set, faults, readers: cast.permanent, visitors: cast.visitors });
    await act(options, installation, world, cast, faults);
    await settle(world, cast, say);
    await gather(world, cast);
    await consult(installation, journal);
    await Promise.all(cast.readers.map((reader) => reader.close()));
    cast.hook.close();
  } finally {
    closing = true;
    callOff();
    await world.close();
    await installation.close();
    journal.close();
    if (options.keep) say(`What the processes said is in ${folder}.`);
    else rmSync(folder, { recursive: true, force: true });
  }
  return new Evidence(readJournal(options.journal));
}

/** Whoever interrupts a run leaves no processes behind. */
function closeOnSignal(installation: Installation): () => void {
  const end = () => void installation.close().finally(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  return () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, end);
  };
}

async function act(
  { seed, minutes, say }: RunOptions,
  installation: Installation,
  { journal }: World,
  { actors }: Cast,
  faults: readonly Kind[],
): Promise<void> {
  const stop = new AbortController();
  const acting = Promise.all(actors.map((actor) => actor.act(stop.signal)));
  const plan = schedule(seed, minutes * 60, installation.nodes.length, faults);
  const playing = Promise.all([play(plan, installation, journal, say), wait(minutes * 60_000)]);
  await Promise.race([playing, acting]);
  stop.abort();
  await playing;
  const timer = AbortSignal.timeout(patience);
  await Promise.race([
    acting,
    new Promise((_resolve, reject) => {
      timer.addEventListener('abort', () => reject(new Error('Somebody has not come to an end.')));
    }),
  ]);
}

async function settle(world: World, cast: Cast, say: (text: string) => void): Promise<void> {
  const began = Date.now();
  await lastWord(world, cast, AbortSignal.timeout(patience));
  let left: string[] = [];
  let moved = Date.now();
  // Twice, since it looks at one thing after the other, and one leads to another.
  for (let quiet = 0; quiet < 2 && Date.now() - moved < patience; ) {
    const { waiting } = await leftOver(world, cast.door);
    // Of much only the beginning is shown: what counts is whether something of it is done.
    const names = new Set(waiting.map(nameOf));
    if (left.some((one) => !names.has(one))) moved = Date.now();
    left = [...names];
    quiet = waiting.length === 0 ? quiet + 1 : 0;
    await wait(500);
  }
  const settled = Date.now() - began;
  world.journal.note({ kind: 'healed', settled });
  say(`All was said and done ${(settled / 1000).toFixed(1)} s after the end.`);
}

/** Of what is left, without its state. */
const nameOf = (text: string) => /"(?:id|sid)":"(\w+)"/.exec(text)?.[1] ?? text;
