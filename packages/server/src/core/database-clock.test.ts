import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { clockNote, DatabaseClock } from './database-clock.ts';

const lines: string[] = [];
const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line).msg) });
const start = Date.UTC(2030, 0, 1);

let opened: DatabaseClock | undefined;
afterEach(() => {
  opened?.stop();
  lines.length = 0;
});

/** A database, the way to it, and the machine: time passes only on that way. */
class World {
  /** Milliseconds since the machine was switched on. */
  passed = 5000;
  /** What the database's clock is ahead of the truth, and the machine's. */
  database = 0;
  own = 0;
  isAway = false;
  /** How long a question is under way, and its answer; milliseconds. */
  way = (): [there: number, back: number] => [0, 0];

  get truth(): number {
    return start + this.passed;
  }

  read = async (): Promise<number> => {
    if (this.isAway) throw new Error('away');
    const [there, back] = this.way();
    this.passed += there;
    const time = this.truth + this.database;
    this.passed += back;
    return time;
  };

  async open(): Promise<DatabaseClock> {
    const own = () => this.truth + this.own;
    opened = await DatabaseClock.open({ read: this.read, logger, monotonic: () => this.passed, own });
    return opened;
  }
}

test('The clock is never further from the database than its quickest answer took, and goes on without it.', async () => {
  const latency = fc.integer({ min: 0, max: 3000 });
  const answer = fc.record({ wait: fc.integer({ min: 0, max: 60_000 }), there: latency, back: latency });
  await fc.assert(
    fc.asyncProperty(fc.array(answer, { minLength: 3, maxLength: 12 }), async (answers) => {
      const world = new World();
      let asked = 0;
      world.way = () => [answers[asked]?.there ?? 0, answers[asked++]?.back ?? 0];
      const clock = await world.open();
      let quickest = Math.min(...answers.slice(0, 3).map(({ there, back }) => there + back));
      for (const { wait, there, back } of answers.slice(3)) {
        world.passed += wait;
        await clock.look();
        quickest = Math.min(quickest, there + back);
      }
      // The middle of the first bounds is a guess that later ones may only narrow from one side.
      const first = (answers[0]?.there ?? 0) + (answers[0]?.back ?? 0);
      const bound = Math.min(first / 2, quickest) + 1;
      expect(Math.abs(clock.now() - world.truth)).toBeLessThanOrEqual(bound);
      world.isAway = true;
      world.passed += 1_000_000;
      await clock.look();
      expect(Math.abs(clock.now() - world.truth)).toBeLessThanOrEqual(bound);
      clock.stop();
    }),
  );
});

test('Whatever happens to the clock of the machine, the time is that of the database, and people are told.', async () => {
  const world = new World();
  world.own = 999;
  const clock = await world.open();
  expect(lines).toEqual([]);
  world.own = -600_000;
  await clock.look();
  expect(clock.now()).toBe(world.truth);
  expect(clockNote(clock.ownAhead)).toBe(
    'The clock of this machine is 600 seconds behind that of the database, whose time is used.',
  );
  await clock.look();
  expect(lines).toEqual(["the clock of this machine is not the database's, whose time is used"]);
  world.own = 0;
  await clock.look();
  expect(clockNote(clock.ownAhead)).toBeUndefined();
  expect(lines).toHaveLength(2);
});

test('A database that has taken over from another one, with another time, is followed.', async () => {
  const world = new World();
  const clock = await world.open();
  world.database = 30_000;
  await clock.look();
  expect(clock.now()).toBe(world.truth + 30_000);
  world.database = -30_000;
  await clock.look();
  expect(clock.now()).toBe(world.truth - 30_000);
});
