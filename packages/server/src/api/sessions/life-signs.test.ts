import { expect, test, vi } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import type { Intake } from './intake.ts';
import { LifeSigns } from './life-signs.ts';
import type { Wire } from './wire.ts';

function open() {
  const clock = new ManualClock();
  const wire = { unsent: 0, ping: vi.fn() };
  const intake = { proceed: vi.fn() };
  const signs = new LifeSigns(wire as unknown as Wire, intake as unknown as Intake, clock);
  /** Asks a while later. @returns whether that it reads was taken for a sign */
  const askLater = (unsent: number): boolean => {
    const before = signs.last;
    clock.advance(1000);
    wire.unsent = unsent;
    signs.ask();
    return signs.last > before;
  };
  return { clock, wire, intake, signs, askLater };
}

test('That a client reads what it had not is a sign of life; that it has more to read, or as much, is none.', () => {
  const { wire, askLater } = open();
  expect([0, 500, 500, 499, 499, 600, 0].map(askLater)).toEqual([false, false, false, true, false, false, true]);
  expect(wire.ping).toHaveBeenCalledTimes(7);
});

test('So is that it has read all of it, and what waited for that is begun.', () => {
  const { clock, intake, signs } = open();
  clock.advance(1000);
  signs.drained();
  expect(signs.last).toBe(clock.now());
  expect(intake.proceed).toHaveBeenCalledOnce();
});
