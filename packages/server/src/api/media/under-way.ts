import type { Actor } from '../../core/actor.ts';
import { tooMany } from '../../core/rates/too-many.ts';

/**
 * What one user may send at a time. Official apps send the ten files of a message at once; without a bound, one user
 * on one connection could take all files that the process may have open, or its memory, which each upload to a bucket
 * takes a part of.
 */
export const uploadsAtOnce = 30;
/** When it is worth a try again, in milliseconds. */
const soon = 1000;

/** Counts the uploads that are under way, of each user. A back end knows what it does. */
export class UploadsUnderWay {
  readonly #counts = new Map<string, number>();

  /**
   * @returns what says that it is over
   * @throws Refusal 20429
   */
  begin(actor: Actor): () => void {
    if (actor.kind !== 'user') return () => {};
    const { user } = actor;
    const count = this.#counts.get(user) ?? 0;
    if (count >= uploadsAtOnce) throw tooMany(20429, soon);
    this.#counts.set(user, count + 1);
    return () => {
      const left = (this.#counts.get(user) ?? 1) - 1;
      if (left === 0) this.#counts.delete(user);
      else this.#counts.set(user, left);
    };
  }
}
