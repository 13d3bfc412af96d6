import { frameOf, framesOf, type Note } from './notes.ts';
import type { SyncObject } from './objects.ts';
import type { Openings } from './openings.ts';
import { merge } from './replay.ts';
import { Subscription, type Write } from './subscription.ts';

/**
 * A client's subscription to its user's conversations. That he is out of one that the client is just opening waits until
 * it is open, and what comes later waits behind it: the client takes the id of what it is told for how far it knows all.
 */
export class MembershipsSubscription extends Subscription {
  readonly #openings: Openings;
  readonly #write: Write;
  #waiting: Note[] = [];

  constructor(object: SyncObject, told: number, write: Write, openings: Openings) {
    super(object, told, write);
    this.#openings = openings;
    this.#write = write;
  }

  override get reached(): number {
    const [next] = this.#waiting;
    return next ? next.id - 1 : this.told;
  }

  /** @param notes what the client missed, in order */
  tell(notes: readonly Note[]): void {
    this.#waiting.push(...notes);
    this.proceed();
  }

  /** Tells what may be told by now. */
  proceed(): void {
    if (this.#waiting.length > 1) this.#waiting = merge(this.#waiting);
    const open = this.#waiting.findIndex((note) => !this.#openings.admit(note));
    const ready = this.#waiting.splice(0, open < 0 ? this.#waiting.length : open);
    const [only] = ready;
    const frames = only && ready.length === 1 ? [frameOf(only)] : framesOf(ready);
    for (const frame of frames) this.#write(frame);
  }

  protected override pass(note: Note): void {
    this.tell([note]);
  }
}
