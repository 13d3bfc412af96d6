/** What every bus has to do. An implementation's own test calls `describeBus` with a way to open it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LoggedEvent } from '../storage/driver.ts';
import type { Bus, Commit, Signal } from './bus.ts';

/** Two nodes; the same one twice where there is only one. */
export interface BusRig {
  here: Bus;
  there: Bus;
  /** Appends to the log that both read, and tells of it here. */
  commit(woken: readonly string[], ...events: { stream: string; type: string; data: object }[]): LoggedEvent[];
  close(): Promise<void>;
}

export interface BusUnderTest {
  name: string;
  open(onError: (error: unknown) => void): Promise<BusRig>;
}

const signal: Signal = { type: 'typing', conversation: 'CH1', participant: 'MB1', user: 'US1', identity: 'ann' };
const message = (stream: string) => ({ stream, type: 'message.added', data: { body: 'ä\n\u2028"' } });

/** Notes what it hears, and waits for it. */
export class Ear<T> {
  readonly heard: T[] = [];
  #told: () => void = () => {};

  readonly hear = (news: T): void => {
    this.heard.push(news);
    this.#told();
  };

  /** Resolves when it has heard so many. */
  async count(count: number): Promise<T[]> {
    while (this.heard.length < count) {
      await new Promise<void>((resolve) => {
        this.#told = resolve;
      });
    }
    return this.heard;
  }
}

/** An ear for events. */
export function eventsOf(bus: Bus): Ear<LoggedEvent> & { stop(): void } {
  const ear = new Ear<LoggedEvent>();
  return Object.assign(ear, { stop: bus.subscribe(({ events }) => events.forEach(ear.hear)) });
}

export async function follow(bus: Bus, ...streams: string[]): Promise<void> {
  bus.feeds?.listen(streams);
  await bus.feeds?.ready(streams);
}

export function describeBus({ name, open }: BusUnderTest): void {
  describe(`The ${name} bus`, () => {
    let rig: BusRig;
    const errors: unknown[] = [];
    beforeEach(async () => {
      errors.length = 0;
      rig = await open((error) => errors.push(error));
      await follow(rig.here, 'CH1', 'US1');
      if (rig.there !== rig.here) await follow(rig.there, 'CH1', 'US1');
    });
    afterEach(() => rig.close());

    test('Every listener hears every commit at every node, in order and whole, until it stops listening.', async () => {
      const [here, there, some] = [eventsOf(rig.here), eventsOf(rig.there), eventsOf(rig.here)];
      const committed = rig.commit([], message('CH1'), message('US1'), message('CH1'));
      some.stop();
      committed.push(...rig.commit([], message('CH1')));
      expect(here.heard).toEqual(committed);
      expect(some.heard).toEqual(committed.slice(0, 3));
      for (const stream of ['CH1', 'US1']) {
        const heard = (await there.count(4)).filter((event) => event.stream === stream);
        expect(heard).toEqual(committed.filter((event) => event.stream === stream));
      }
    });

    test('A listener that throws is told of, and keeps nobody else from hearing.', async () => {
      for (const bus of new Set([rig.here, rig.there])) {
        bus.subscribe(() => {
          throw new Error('deaf');
        });
      }
      const [here, there] = [eventsOf(rig.here), eventsOf(rig.there)];
      rig.commit([], message('CH1'));
      expect([here.heard.length, (await there.count(1)).length]).toEqual([1, 1]);
      expect(errors).toContainEqual(new Error('deaf'));
    });

    test('Signals reach every node, who listens for signals, and nobody else.', async () => {
      const [here, there] = [new Ear<Signal>(), new Ear<Signal>()];
      const [events, stop] = [eventsOf(rig.there), rig.here.onSignal(here.hear)];
      rig.there.onSignal(there.hear);
      rig.commit([], message('CH1'));
      rig.here.signal(signal);
      stop();
      rig.here.signal(signal);
      expect(await there.count(2)).toEqual([signal, signal]);
      expect(here.heard).toEqual([signal]);
      expect((await events.count(1)).length).toBe(1);
    });

    test('Who waits for work is woken at every node.', async () => {
      const [here, there] = [new Ear<Commit>(), new Ear<string>()];
      rig.here.subscribe(here.hear);
      rig.there.subscribe(({ woken }) => woken.forEach(there.hear));
      rig.commit(['post', 'parcels']);
      expect(here.heard.flatMap(({ woken }) => woken)).toEqual(['post', 'parcels']);
      expect(await there.count(2)).toEqual(['post', 'parcels']);
    });
  });
}
