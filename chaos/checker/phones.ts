import type { Evidence } from './evidence.ts';
import { idOf } from './evidence.ts';

/** Every phone shows what was written to it, once, as it was written, in the order of the conversation; none of it is made up. */
export function checkPhones(evidence: Evidence): string[] {
  return evidence.found.flatMap((found) =>
    Object.entries(found.phones).flatMap(([number, shown]) => {
      const wrong: string[] = [];
      const to = evidence.logged(found).filter(({ id }) => !id.startsWith(`phone${number}.`));
      const order = new Map(to.map(({ id }, place) => [id, place]));
      const times = Map.groupBy(shown.map(idOf), (id) => id);
      for (const [id, all] of times) {
        if (!order.has(id)) wrong.push(`the phone ${number} shows "${id}", which was not written to it`);
        if (all.length > 1) wrong.push(`the phone ${number} shows "${id}" ${all.length} times`);
      }
      const texts = new Map(to.map(({ id, bodies }) => [id, bodies]));
      for (const body of shown) {
        const had = texts.get(idOf(body));
        if (had && !had.includes(body))
          wrong.push(`the phone ${number} shows "${body}", which was written as "${had[0]}"`);
      }
      for (const { id, removed } of to) {
        // What was removed before it left may still have left.
        if (!times.has(id) && !removed) wrong.push(`the phone ${number} has not got "${id}"`);
      }
      const places = [...times.keys()].map((id) => order.get(id) ?? -1);
      const at = places.findIndex((place, nth) => nth > 0 && place < (places[nth - 1] as number));
      if (at > 0) wrong.push(`the phone ${number} shows "${[...times.keys()][at]}" after what came later`);
      return wrong;
    }),
  );
}
