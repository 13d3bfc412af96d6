/** What every bus has to do. An implementation's own test calls `describeBus` with a way to make one. */
import { describe, expect, test } from 'vitest';
import type { Bus, Commit, Signal } from './bus.ts';

export interface BusUnderTest {
  name: string;
  make(onError: (error: unknown) => void): Bus;
}

const commit = (position: number): Commit => ({
  events: [{ id: position, stream: 'CH1', position, type: 'message.added', time: 0, data: '{}' }],
  woken: [],
});
const signal: Signal = { type: 'typing', conversation: 'CH1', participant: 'MB1', user: 'US1', identity: 'ann' };

export function describeBus({ name, make }: BusUnderTest): void {
  describe(`The ${name} bus`, () => {
    test('Every listener hears every commit, in order, until it stops listening.', () => {
      const bus = make(() => {});
      const [all, some]: number[][] = [[], []];
      bus.subscribe(({ events }) => all?.push(...events.map((event) => event.position)));
      const stop = bus.subscribe(({ events }) => some?.push(...events.map((event) => event.position)));
      bus.publish(commit(1));
      bus.publish(commit(2));
      stop();
      bus.publish(commit(3));
      expect([all, some]).toEqual([
        [1, 2, 3],
        [1, 2],
      ]);
    });

    test('A listener that throws is told of, and keeps nobody else from hearing.', () => {
      const errors: unknown[] = [];
      const bus = make((error) => errors.push(error));
      const heard: number[] = [];
      bus.subscribe(() => {
        throw new Error('deaf');
      });
      bus.subscribe(({ events }) => heard.push(...events.map((event) => event.position)));
      bus.publish(commit(1));
      expect(heard).toEqual([1]);
      expect(errors).toEqual([new Error('deaf')]);
    });

    test('Signals go to those who listen for signals, commits to those who listen for commits.', () => {
      const bus = make(() => {});
      const heard: unknown[] = [];
      const stop = bus.onSignal((each) => heard.push(each));
      bus.publish(commit(1));
      bus.signal(signal);
      stop();
      bus.signal(signal);
      expect(heard).toEqual([signal]);
    });
  });
}
