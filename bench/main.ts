/**
 * `npm run bench`: our figures beside floors that are measured in the same run. Machines are noisy and differ; the
 * ratios are what to look at. Each pair is taken three times, in turn; the median counts.
 *
 * `npm run bench -- --seconds 5 --runs 5` for longer ones, `npm run bench -- growth` for what grows with what there is.
 */
import { parseArgs } from 'node:util';
import { httpFloor, restThroughput, sdkThroughput } from './apis.ts';
import { broadcastFloor, conversationFanOut } from './fan-out.ts';
import { growth } from './growth/main.ts';
import { nodeLatencies } from './node-latency.ts';
import { nodesThroughput, postgresCore, postgresFloor, startPostgres } from './nodes.ts';
import { startUps } from './start-up.ts';
import { coreThroughput, storageFloor } from './storage.ts';

const [what, ...others] = process.argv.slice(2);
if (what === 'growth') {
  await growth(others);
  process.exit();
}

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '3' }, runs: { type: 'string', default: '3' } },
});
const seconds = Number(values.seconds);
const runs = Number(values.runs);
const load = { callers: 64, conversations: 100, seconds };
const sockets = 1000;

interface Figure {
  perSecond: number;
  detail: string;
}

const ms = (value: number) => `${value.toFixed(1)} ms`;
const latency = ({ p50, p99 }: { p50: number; p99: number }) => `half within ${ms(p50)}, 99 % within ${ms(p99)}`;
const processor = (value: number, what: string) => `${value.toFixed(value < 10 ? 1 : 0)} µs of processor a ${what}`;

async function messages(measure: typeof storageFloor): Promise<Figure> {
  const figures = await measure(load);
  return { perSecond: figures.perSecond, detail: latency(figures) };
}

async function door(measure: typeof httpFloor): Promise<Figure> {
  const figures = await measure(load);
  return {
    perSecond: figures.perSecond,
    detail: `${latency(figures)}, ${processor(figures.cpuPerMessage, 'message')}`,
  };
}

async function deliveries(measure: typeof broadcastFloor): Promise<Figure> {
  const figures = await measure(sockets, seconds);
  return { perSecond: figures.deliveriesPerSecond, detail: processor(figures.cpuPerDelivery, 'delivery') };
}

/** The first is the floor. Taken in turn, so that what disturbs the machine disturbs all of them. */
async function compare(title: string, measures: Record<string, () => Promise<Figure>>): Promise<void> {
  process.stdout.write(`\n${title}\n`);
  const taken = Object.entries(measures).map(([name, measure]) => ({ name, measure, figures: [] as Figure[] }));
  for (let run = 1; run <= runs; run += 1) {
    for (const { name, measure, figures } of taken) {
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K  run ${run} of ${runs}: ${name} …`);
      figures.push(await measure());
    }
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  const medians = taken.map(({ name, figures }) => ({ name, ...median(figures) }));
  const floor = medians[0]?.perSecond ?? Number.NaN;
  for (const [at, { name, perSecond, detail }] of medians.entries()) {
    const share = at === 0 ? 'floor' : `${Math.round((perSecond / floor) * 100)} %`;
    const rate = `${Math.round(perSecond).toLocaleString('en')}/s`;
    process.stdout.write(`  ${name.padEnd(40)}${rate.padStart(12)}${share.padStart(8)}   ${detail}\n`);
  }
}

function median(figures: Figure[]): Figure {
  return [...figures].sort((a, b) => a.perSecond - b.perSecond)[figures.length >> 1] as Figure;
}

await compare(`Durable messages a second: ${load.callers} callers, ${load.conversations} conversations`, {
  'Three statements in a group commit': () => messages(storageFloor),
  'The core’s whole command': () => messages(coreThroughput),
  'The same three behind bare node:http': () => door(httpFloor),
  'REST API': () => door(restThroughput),
  'SDK, one socket': () => door(sdkThroughput),
});

const postgres = await startPostgres();
if (postgres) {
  await compare(
    `Durable messages a second on PostgreSQL: ${load.callers} callers, ${load.conversations} conversations`,
    {
      'Batches of three statements': () => messages((of) => postgresFloor(postgres, of)),
      'The core’s whole command': () => messages((of) => postgresCore(postgres, of)),
      'REST API, one server': () => messages((of) => nodesThroughput(postgres, 1, of)),
      'REST API, two servers': () => messages((of) => nodesThroughput(postgres, 2, of)),
      'REST API, three servers': () => messages((of) => nodesThroughput(postgres, 3, of)),
    },
  );
  process.stdout.write('\nFrom a send over REST to the event\n');
  for (const { path, ...times } of await nodeLatencies(postgres)) {
    process.stdout.write(`  ${path.padEnd(60)}${latency(times)}\n`);
  }
  await postgres.discard();
} else process.stdout.write('\nPostgreSQL is not installed: left out.\n');

await compare(`Deliveries a second to ${sockets} sockets in one conversation`, {
  'Plain broadcast with ws, nothing kept': () => deliveries(broadcastFloor),
  'Messages through the realtime API, durable': () => deliveries(conversationFanOut),
});

process.stdout.write('\nFrom `new Client` to `initialized`, and to a page of conversations\n');
for (const { conversations, sdk, initialized, listed, floor } of await startUps(
  [1, 10, 1000, 10_000],
  Math.max(runs, 5),
)) {
  const count = `${conversations.toLocaleString('en')} conversations, ${sdk}`.padEnd(46);
  const cost = ({ requests, bytes, time, processor }: typeof listed) =>
    `${requests} sent, ${(bytes / 1000).toFixed(1)} kB, ${ms(time)}, of the processor ${ms(processor)}`.padEnd(58);
  process.stdout.write(`  ${count}${cost(initialized)}${cost(listed)}(floor of the first: ${ms(floor)})\n`);
}
