/**
 * `npm run bench -- growth`: what an operation costs where there is much of everything, beside what it costs where there
 * is little. Each is done once here, once there, in turn, one at a time; so whatever else the machine does disturbs both.
 *
 * `--times 50` for a short look, `--engines sqlite` or `--engines postgres` for one of them.
 */
import { parseArgs } from 'node:util';
import { type RunningPostgres, startPostgres } from '../nodes.ts';
import { big, type Filled, fill, Installation, remove, small } from './installation.ts';
import { groups, type Operation } from './operations.ts';

/** Before those that count: nothing is compiled and in memory yet. */
const warmUp = 20;

export async function growth(given: string[]): Promise<void> {
  const { values } = parseArgs({
    args: given,
    options: { times: { type: 'string', default: '200' }, engines: { type: 'string', default: 'sqlite,postgres' } },
  });
  const times = Number(values.times);
  if (values.engines.includes('sqlite')) await measure('SQLite', times);
  if (!values.engines.includes('postgres')) return;
  const postgres = await startPostgres();
  if (postgres) {
    await measure('PostgreSQL', times, postgres);
    await postgres.discard();
  } else process.stdout.write('\nPostgreSQL is not installed: left out.\n');
}

async function measure(engine: string, times: number, postgres?: RunningPostgres): Promise<void> {
  const began = performance.now();
  const filled = [await fill(small, postgres), await fill(big, postgres)];
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  process.stdout.write(`\nHow cost grows on ${engine} (filled in ${seconds} s)\n`);
  await compareAll(filled, times);
  for (const each of filled) remove(each);
}

/** @param filled the small one and the big one */
export async function compareAll(filled: readonly Filled[], times: number, only = groups): Promise<void> {
  const installations: Installation[] = [];
  for (const each of filled) installations.push(await Installation.start(each));
  const [little, much] = installations as [Installation, Installation];
  for (const { title, operations } of only) {
    process.stdout.write(`\n${title.padEnd(40)}${'small'.padEnd(22)}${'big'.padEnd(22)}\n`);
    for (const operation of operations)
      process.stdout.write(line(operation.name, await compare(operation, little, much, times)));
  }
  for (const each of installations) await each.stop();
}

interface Figures {
  half: number;
  most: number;
}

async function compare(
  operation: Operation,
  little: Installation,
  much: Installation,
  times: number,
): Promise<[Figures, Figures]> {
  const rounds = times + warmUp;
  const runs = [await operation.prepare(little, rounds), await operation.prepare(much, rounds)] as const;
  const taken: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    // Whoever comes second finds the machine awake: not always the same one.
    const order = round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
    for (const at of order) {
      const began = performance.now();
      await runs[at]();
      if (round >= warmUp) taken[at].push(performance.now() - began);
      await operation.afterwards?.(at === 0 ? little : much);
    }
  }
  return [figures(taken[0]), figures(taken[1])];
}

function figures(times: number[]): Figures {
  times.sort((a, b) => a - b);
  return { half: times[times.length >> 1] ?? Number.NaN, most: times[Math.floor(times.length * 0.99)] ?? Number.NaN };
}

function line(name: string, [few, many]: [Figures, Figures]): string {
  const shown = ({ half, most }: Figures) => `${half.toFixed(2)} ms (${most.toFixed(1)})`.padEnd(22);
  return `  ${name.padEnd(38)}${shown(few)}${shown(many)}${(many.half / few.half).toFixed(2).padStart(6)} ×\n`;
}
