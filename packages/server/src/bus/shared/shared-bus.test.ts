import { afterEach, beforeEach, expect, test } from 'vitest';
import { LossyNetwork } from '../../testing/lossy-network.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { MemoryLog } from '../../testing/memory-log.ts';
import { everything } from '../bus.ts';
import { Ear, eventsOf, follow } from '../conformance.ts';
import { SharedBus } from './shared-bus.ts';

let log: MemoryLog;
let clock: ManualClock;
let here: SharedBus;
let there: SharedBus;
let errors: unknown[];

beforeEach(async () => {
  [log, clock, errors] = [new MemoryLog(), new ManualClock(), []];
  const network = new LossyNetwork(() => 'arrives');
  const open = () =>
    new SharedBus({
      log,
      carrier: network.join(),
      clock,
      staysHere: (name) => name === 'chores',
      onError: (error) => errors.push(error),
    });
  [here, there] = [open(), open()];
  await Promise.all([here.start(), there.start()]);
  await turns();
  clock.advance(1000);
  await turns();
});
afterEach(async () => {
  await Promise.all([here.close(), there.close()]);
});

const turns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
};
const say = (stream: string) => log.append(stream, 'message.added', {});

test('What nobody told is heard a second later.', async () => {
  await follow(there, 'CH1');
  const ear = eventsOf(there);
  say('CH1');
  clock.advance(999);
  await turns();
  expect(ear.heard).toEqual([]);
  clock.advance(1);
  await turns();
  clock.advance(25);
  await turns();
  expect(ear.heard).toEqual(log.of('CH1'));
});

test('Which streams moved is told of the whole log, part by part, each up to where nothing is still to come.', async () => {
  const told: object[] = [];
  there.onMoves(({ after, upTo, streams }) => {
    told.push({ after, upTo, streams: Object.fromEntries([...streams].map(([stream, { id }]) => [stream, id])) });
  });
  for (const stream of ['CH1', 'CH2', 'CH1', 'US1']) say(stream);
  const { settled } = log;
  log.settled = async () => 2;
  clock.advance(1000);
  await turns();
  log.settled = settled;
  clock.advance(1000);
  await turns();
  expect(told).toEqual([
    { after: 0, upTo: 2, streams: { CH1: 3, CH2: 2, US1: 4 } },
    { after: 2, upTo: 4, streams: { CH1: 3, US1: 4 } },
  ]);
});

test('Of a conversation that ended and was swept up before it was read, it is heard that it ended.', async () => {
  await follow(there, 'CH1');
  const ear = eventsOf(there);
  for (let n = 0; n < 5; n += 1) say('CH1');
  const last = log.append('CH1', 'conversation.removed', {});
  log.sweep('CH1', { isLastKept: true });
  clock.advance(1000);
  await turns();
  clock.advance(25);
  await turns();
  expect(ear.heard).toEqual([last]);
});

test('A stream of which nothing is left holds up nobody, and of a user who is no more it is told that he is.', async () => {
  await follow(there, 'US1', 'US2');
  const [ear, ended] = [eventsOf(there), new Ear<string>()];
  there.feeds.onEnded(ended.hear);
  const [, second] = [say('US1'), say('US1')];
  here.publish({ events: [second], woken: [] });
  log.sweep('US1', { isLastKept: false });
  clock.advance(25);
  await turns();
  expect(ear.heard).toEqual([second]);
  clock.advance(30_000);
  await turns();
  expect(ended.heard).toEqual(['US1']);
});

test('Where a stream stands that the database cannot tell is asked again, and nothing since is missed.', async () => {
  say('CH1');
  log.away = new Error('The database is away.');
  await expect(follow(there, 'CH1')).rejects.toThrow('away');
  const ear = eventsOf(there);
  const missed = say('CH1');
  log.away = undefined;
  await there.feeds.ready(['CH1']);
  expect(there.feeds.positionOf('CH1')).toBe(2);
  here.publish({ events: [missed], woken: [] });
  const next = say('CH1');
  here.publish({ events: [next], woken: [] });
  expect(ear.heard).toEqual([next]);
  expect(errors).toContainEqual(new Error('The database is away.'));
});

test('While one stream waits to be read again, another one is read as soon as ever.', async () => {
  await follow(there, 'CH1', 'CH2');
  const ear = eventsOf(there);
  const tell = (stream: string) => {
    const [first, second] = [say(stream), say(stream)];
    here.publish({ events: [second], woken: [] });
    return [first, second];
  };
  log.away = new Error('The database is away.');
  const late = tell('CH1');
  clock.advance(25);
  await turns();
  log.away = undefined;
  const quick = tell('CH2');
  clock.advance(25);
  await turns();
  expect(ear.heard).toEqual(quick);
  clock.advance(975);
  await turns();
  expect(ear.heard).toEqual([...quick, ...late]);
});

test('A stream that cannot be opened is told of in the log, and ends no process where nobody waits for it.', async () => {
  log.away = new Error('The database is away.');
  const unheard: unknown[] = [];
  const note = (error: unknown) => unheard.push(error);
  process.on('unhandledRejection', note);
  there.feeds.listen(['CH1']);
  void there.feeds.ready(['CH1']);
  await turns();
  process.off('unhandledRejection', note);
  expect(unheard).toEqual([]);
  expect(errors).toContainEqual(new Error('The database is away.'));
});

test('Names that are woken go to other nodes together, a moment later, but for those that stay here.', async () => {
  const [own, others] = [new Ear<readonly string[]>(), new Ear<readonly string[]>()];
  here.subscribe(({ woken }) => own.hear(woken));
  there.subscribe(({ woken }) => others.hear(woken));
  for (const name of ['post', 'chores', 'parcels', 'post']) here.publish({ events: [], woken: [name] });
  expect([own.heard.flat(), others.heard]).toEqual([['post', 'chores', 'parcels', 'post'], []]);
  clock.advance(20);
  expect(others.heard).toEqual([['post', 'parcels']]);
  clock.advance(30_000);
  expect(others.heard.at(-1)).toEqual([everything]);
});
