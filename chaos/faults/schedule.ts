import { Random } from '../../compat/soak/random.ts';
import type { Kind } from './kinds.ts';

/** One fault of a run. */
export interface Planned {
  /** Does it begin while the one before lasts, or when that is over? */
  along: boolean;
  /** Seconds after that one has begun, or is over. */
  after: number;
  /** Seconds, beside what it takes to begin and to end it. */
  lasts: number;
  kind: Kind;
  /** Which node it meets, from 0; of those that meet no node it means nothing. */
  node: number;
  /** Chooses between the forms of a kind; at least 0 and below 1. */
  form: number;
}

/**
 * How long a fault lasts, and how long all is well before it; seconds, at least and at most. Some last longer than
 * anything that is under way may take.
 */
const lasting = [1, 7] as const;
const longer = [12, 25] as const;
const shareLonger = 0.12;
const between = [1.5, 5] as const;
/** How many begin while the one before still lasts. */
const shareAlong = 0.15;

/**
 * The same for the same arguments: nothing in it depends on what happens. A run takes longer than these seconds by what
 * starts take.
 */
export function schedule(seed: number, seconds: number, nodes: number, kinds: readonly Kind[]): Planned[] {
  const random = new Random(seed);
  const plan: Planned[] = [];
  // Each kind has its turn before one comes again, in another order each time.
  let left: Kind[] = [];
  let time = 0;
  for (;;) {
    if (left.length === 0) left = [...kinds];
    const kind = random.pick(left);
    if (!kind) return plan;
    left.splice(left.indexOf(kind), 1);
    const before = plan.at(-1);
    const along = random.next() < shareAlong && before !== undefined;
    const after = along ? before.lasts / 2 : random.between(...between);
    const [least, most] = random.next() < shareLonger ? longer : lasting;
    const lasts = random.between(least, most);
    plan.push({ along, after, lasts, kind, node: Math.floor(random.next() * nodes), form: random.next() });
    time += along ? Math.max(0, lasts - before.lasts / 2) : after + lasts;
    if (time > seconds) {
      plan.pop();
      return plan;
    }
  }
}
