import type { Scheduler } from '../clock.ts';
import { GraphError } from './graph-error.ts';

const perSecond = 80;
/** One message in six seconds to the same person, of which 45 can be borrowed from the future. */
const pairEvery = 6000;
const pairBurst = 45;

/** How fast a number may send, and to one person. */
export class Pace {
  readonly #clock: Scheduler;
  readonly #sent = new Map<string, number[]>();
  readonly #pairs = new Map<string, number>();

  constructor(clock: Scheduler) {
    this.#clock = clock;
  }

  /** @throws GraphError 130429, 131056 */
  spend(number: string, person: string): void {
    const now = this.#clock.now();
    const recent = (this.#sent.get(number) ?? []).filter((at) => at > now - 1000);
    if (recent.length >= perSecond) throw new GraphError(130429, 'Cloud API message throughput has been reached.');
    const pair = `${number} ${person}`;
    const debt = Math.max(this.#pairs.get(pair) ?? 0, now);
    if (debt - now > (pairBurst - 1) * pairEvery) throw new GraphError(131056, 'Too many messages to this person.');
    this.#pairs.set(pair, debt + pairEvery);
    this.#sent.set(number, [...recent, now]);
  }
}
