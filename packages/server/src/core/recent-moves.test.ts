import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LoggedEvent } from '../storage/driver.ts';
import { RecentMoves } from './recent-moves.ts';

type Event = Pick<LoggedEvent, 'id' | 'stream'>;

const full = (events: readonly Event[]) => events as readonly LoggedEvent[];
const stream = fc.integer({ min: 0, max: 9 }).map((n) => `CH${n}`);
const streams = fc.array(stream, { minLength: 1, maxLength: 4 });
const place = fc.nat(1_000_000);

/** A log whose events are numbered when they are written, and there when their transaction is committed. */
class Log {
  readonly there: Event[] = [];
  readonly underWay: Event[][] = [];
  readonly moves: RecentMoves;
  #numbers = 0;
  /** Told up to there, as a server that looks into the log. */
  #told = 0;

  constructor() {
    const read = async (after: number, limit: number) => this.after(after).slice(0, limit);
    this.moves = new RecentMoves(read, { streams: 3, pieces: 3 });
  }

  begin(names: readonly string[]): Event[] {
    const events = names.map((name) => {
      this.#numbers += 1;
      return { id: this.#numbers, stream: name };
    });
    this.underWay.push(events);
    return events;
  }

  /** @param at which of those that are under way */
  end(at: number, commits: boolean): Event[] {
    const [events = []] = this.underWay.splice(at % Math.max(this.underWay.length, 1), 1);
    if (!commits) return [];
    this.there.push(...events);
    this.there.sort((a, b) => a.id - b.id);
    return events;
  }

  look(): void {
    const open = Math.min(...this.underWay.flat().map(({ id }) => id), Number.POSITIVE_INFINITY);
    const upTo = this.there.findLast(({ id }) => id < open)?.id ?? 0;
    const found = new Map(this.after(this.#told).map((event) => [event.stream, { id: event.id }]));
    this.moves.take({ after: this.#told, upTo: Math.max(upTo, this.#told), streams: found });
    this.#told = Math.max(upTo, this.#told);
  }

  after(id: number): Event[] {
    return this.there.filter((event) => event.id > id);
  }

  /** It says exactly which streams moved, or that it cannot tell. @returns whether it could */
  async check(event: number): Promise<boolean> {
    const moved = await this.moves.since(event);
    if (moved) expect(new Set(moved)).toEqual(new Set(this.after(event).map((one) => one.stream)));
    return moved !== undefined;
  }
}

test('Of a log with several writers it tells exactly what moved, whatever comes in which order, or that it cannot tell.', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('begin' as const), streams }),
    fc.record({ kind: fc.constant('end' as const), place, commits: fc.boolean() }),
    fc.record({ kind: fc.constant('look' as const) }),
    fc.record({ kind: fc.constant('ask' as const), place }),
  );
  const answered = { yes: 0, no: 0 };
  const property = fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
    const log = new Log();
    for (const one of steps) {
      if (one.kind === 'begin') log.begin(one.streams);
      else if (one.kind === 'end') log.end(one.place, one.commits);
      else if (one.kind === 'look') log.look();
      else answered[(await log.check(one.place % ((log.moves.upTo ?? 0) + 3))) ? 'yes' : 'no'] += 1;
    }
    for (let event = 0; event <= (log.there.at(-1)?.id ?? 0); event += 1) await log.check(event);
  });
  await fc.assert(property, { numRuns: 300 });
  expect([answered.yes > 100, answered.no > 100]).toEqual([true, true]);
});

test('Of commits that come one after the other it does so, too, when it is told late, of one not at all, or asked meanwhile.', async () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('commit' as const), streams }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('tell' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('ask' as const), place }) },
  );
  const property = fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
    const log = new Log();
    const untold: Event[][] = [];
    for (const one of steps) {
      if (one.kind === 'commit') {
        log.begin(one.streams);
        untold.push(log.end(0, true));
      } else if (one.kind === 'tell') log.moves.takeCommit(full(untold.shift() ?? []));
      else if (one.kind === 'lose') untold.shift();
      else {
        const asking = log.check(one.place % (log.there.length + 1));
        log.moves.takeCommit(full(untold.shift() ?? []));
        await asking;
      }
    }
    for (let event = 0; event <= log.there.length; event += 1) await log.check(event);
  });
  await fc.assert(property, { numRuns: 300 });
});

test('It reaches back as far as it has room for different streams, and no further.', async () => {
  const log = new Log();
  const commit = (...names: string[]) => {
    log.begin(names);
    log.moves.takeCommit(full(log.end(0, true)));
  };
  for (let n = 0; n < 100; n += 1) commit('CH1', 'CH2');
  expect(await log.check(0)).toBe(true);
  for (let n = 0; n < 7; n += 1) commit(`CH${n + 3}`);
  expect(await log.check(0)).toBe(true);
  commit('CH10');
  expect([await log.check(0), await log.check(200), await log.check(201)]).toEqual([false, false, true]);
});

test('What it would have to look up much of it leaves to others.', async () => {
  const log = new Log();
  log.begin(['CH1']);
  log.moves.takeCommit(full(log.end(0, true)));
  log.begin(Array.from({ length: 5000 }, () => 'CH1'));
  log.end(0, true);
  expect(await log.check(1)).toBe(true);
  log.begin(['CH1']);
  log.end(0, true);
  expect([await log.check(0), await log.check(1), await log.check(2)]).toEqual([false, false, true]);
});
