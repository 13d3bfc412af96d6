import { ManualClock } from '@colloquy/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { Pace, type Turn } from './pace.ts';

let clock: ManualClock;
let pace: Pace;
let turns: { turn: Turn; at: number }[];
const never = new AbortController().signal;

beforeEach(() => {
  clock = new ManualClock(0);
  turns = [];
});

function begin(perSecond: number, window: number): void {
  pace = new Pace({ clock, perSecond, window });
  pace.open();
}
const want = (count: number) => {
  for (let at = 0; at < count; at += 1) pace.turn(never).then((turn) => turns.push({ turn, at: clock.now() }));
};
/** Turns are given within a call, and heard of after it. */
const heard = async () => {
  await Promise.resolve();
  await Promise.resolve();
};
const pass = async (ms: number, answer: Parameters<Turn>[0] | null = 'fine') => {
  for (let past = 0; past < ms; past += 10) {
    clock.advance(10);
    await heard();
    if (answer) for (const { turn } of turns) turn(answer);
  }
};

it('gives as many turns as the window has, and the next when one is given back', async () => {
  begin(1000, 2);
  want(3);
  await pass(100, null);
  expect(turns).toHaveLength(2);
  turns[0]?.turn('fine');
  turns[0]?.turn('fine');
  await pass(10, null);
  expect(turns).toHaveLength(3);
});

it.each([1, 10, 50, 200])('gives %i turns a second', async (perSecond) => {
  begin(perSecond, 100);
  want(perSecond * 4);
  await pass(3000);
  expect(Math.abs(turns.length - perSecond * 3)).toBeLessThanOrEqual(Math.max(1, perSecond / 10));
});

describe('a throttle', () => {
  it('stops all for a second, and twice as long when it comes again at once, up to half a minute', async () => {
    begin(10, 1);
    want(20);
    const pauses: number[] = [];
    await heard();
    for (let round = 0; round < 7; round += 1) {
      const before = turns.length;
      turns.at(-1)?.turn('throttled');
      const from = clock.now();
      while (turns.length === before) await pass(10, null);
      pauses.push(Math.floor((clock.now() - from) / 1000));
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30]);
  });

  it('stops for a second only when something was taken since the last one', async () => {
    begin(10, 1);
    want(20);
    await heard();
    for (let round = 0; round < 5; round += 1) {
      const before = turns.length;
      turns.at(-1)?.turn('throttled');
      const from = clock.now();
      while (turns.length === before) await pass(10, null);
      expect(clock.now() - from).toBeLessThan(1200);
      turns.at(-1)?.turn('fine');
      while (turns.length === before + 1) await pass(10, null);
    }
    expect(pace.rate).toBeGreaterThanOrEqual(1);
  });

  it('halves the rate once, however many of the window meet it, and a tenth comes back each clean second', async () => {
    begin(10, 10);
    want(100);
    await pass(500, null);
    for (const { turn } of turns) turn('throttled');
    expect(pace.rate).toBe(5);
    await pass(1000);
    expect(pace.rate).toBe(5);
    await pass(1000);
    expect(pace.rate).toBe(6);
    await pass(9000);
    expect(pace.rate).toBe(10);
  });
});

it('refuses what waits when it closes, and begins again when it opens', async () => {
  begin(1000, 1);
  want(1);
  await heard();
  const waiting = pace.turn(never);
  pace.close(new Error('down'));
  await expect(waiting).rejects.toThrow('down');
  const later = pace.turn(never);
  turns[0]?.turn('other');
  pace.open();
  clock.advance(10);
  (await later)('fine');
});

it('lets go who gives up', async () => {
  begin(1, 1);
  want(1);
  await heard();
  const giveUp = new AbortController();
  const waiting = pace.turn(giveUp.signal);
  giveUp.abort(new Error('no time'));
  await expect(waiting).rejects.toThrow('no time');
  await expect(pace.turn(giveUp.signal)).rejects.toThrow('no time');
  expect(pace.waiting).toBe(0);
});
