import { setTimeout as wait } from 'node:timers/promises';
import type { Installation } from '../cluster/installation.ts';
import type { ServerNode } from '../cluster/server-node.ts';
import type { Journal } from '../record/journal.ts';
import { begin } from './kinds.ts';
import type { Planned } from './schedule.ts';

/** Makes the faults of a plan come and go; resolves when the last one is over and whatever it ended is up again. */
export async function play(
  plan: readonly Planned[],
  at: Installation,
  journal: Journal,
  say: (text: string) => void,
): Promise<void> {
  const started = performance.now();
  const all: Promise<void>[] = [];
  let before = { begun: Promise.resolve(), over: Promise.resolve() };
  for (const [place, { along, after, lasts, kind, node, form }] of plan.entries()) {
    await (along ? before.begun : before.over);
    await wait(after * 1000);
    const number = place + 1;
    // From now on, since what it takes to make it is a part of it.
    journal.note({ kind: 'fault', number, phase: 'begin', what: kind });
    const time = ((performance.now() - started) / 1000).toFixed(1);
    const beginning = begin(kind, at, at.nodes[node] as ServerNode, form);
    const over = async () => {
      const { what, end } = await beginning;
      say(`${time.padStart(7)} s  ${what}, for ${lasts.toFixed(1)} s`);
      await wait(lasts * 1000);
      await end();
      journal.note({ kind: 'fault', number, phase: 'end', what });
    };
    before = { begun: beginning.then(() => {}), over: over() };
    all.push(before.over);
    // Told at the end.
    before.over.catch(() => {});
  }
  await Promise.all(all);
}
