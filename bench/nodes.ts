/** Durable messages a second on PostgreSQL: the floor, the core's whole command, and one to three servers. */
import { findPostgres, type RunningPostgres, runPostgres } from '../packages/server/src/testing/run-postgres.ts';
import { Child } from './child.ts';
import { closedLoop, type Figures } from './closed-loop.ts';
import { FloorPostgres } from './floor-postgres.ts';
import { messageBody } from './message-body.ts';
import { RestCaller } from './rest-caller.ts';
import type { ServerFacts } from './server-process.ts';
import { coreThroughput, type Load } from './storage.ts';

export type { RunningPostgres };

/** One of our own, which writes to the disk as one that is used does; undefined where there is no PostgreSQL. */
export async function startPostgres(): Promise<RunningPostgres | undefined> {
  const programs = findPostgres();
  return programs ? runPostgres(programs, { shared_buffers: '512MB', max_wal_size: '8GB' }) : undefined;
}

export async function postgresFloor(postgres: RunningPostgres, load: Load): Promise<Figures> {
  const store = await FloorPostgres.open(await postgres.create(), load.conversations, messageBody);
  let n = 0;
  const figures = await closedLoop(load.callers, load.seconds, () => {
    n += 1;
    return store.append(n % load.conversations);
  });
  await store.close();
  return figures;
}

export async function postgresCore(postgres: RunningPostgres, load: Load): Promise<Figures> {
  return coreThroughput(load, await postgres.create());
}

/** The callers are shared among the nodes; every node writes all conversations. */
export async function nodesThroughput(postgres: RunningPostgres, nodes: number, load: Load): Promise<Figures> {
  const database = await postgres.create();
  const first = await Child.start<ServerFacts>('./server-process.ts', { COLLOQUY_BENCH_DATABASE: database });
  const { credentials } = first.facts;
  const shared = { COLLOQUY_BENCH_DATABASE: database, COLLOQUY_BENCH_CREDENTIALS: JSON.stringify(credentials) };
  const others = Array.from({ length: nodes - 1 }, () => Child.start<ServerFacts>('./server-process.ts', shared));
  const all = [first, ...(await Promise.all(others))];
  const lines = Math.ceil(load.callers / nodes);
  const doors = all.map((child) => new RestCaller(child.facts.url, credentials, lines));
  const [door] = doors as [RestCaller];
  const sids: string[] = [];
  for (let n = 0; n < load.conversations; n += 1) {
    const { sid } = await door.post('/v1/Conversations', {});
    await door.post(`/v1/Conversations/${sid}/Participants`, { Identity: 'ann' });
    sids.push(String(sid));
  }
  let n = 0;
  const figures = await closedLoop(load.callers, load.seconds, (caller) => {
    n += 1;
    const path = `/v1/Conversations/${sids[n % sids.length]}/Messages`;
    const form = { Author: 'ann', Body: messageBody };
    return (doors[caller % nodes] as RestCaller).post(path, form, Math.floor(caller / nodes));
  });
  for (const each of doors) each.close();
  await Promise.all(all.map((child) => child.stop()));
  return figures;
}
