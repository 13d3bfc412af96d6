import type { Clock } from '../../../core/clock.ts';
import type { Note } from './notes.ts';

/**
 * The client gives up a request after 30 s, and opens a conversation in two steps: what it has not opened by then it has
 * given up. Milliseconds.
 */
const patience = 60_000;
/** Of how many it is known that the client has closed them: what it had asked for before that comes a moment later. */
const closedLimit = 1000;

interface Opening {
  /** When the client was shown last that its user is in the conversation; undefined when it was not. */
  shown: number | undefined;
  /** Has it read the root of the roster? */
  isBegun: boolean;
  /** Has it asked who is in it, or did it come with that from an earlier connection? */
  isOpen: boolean;
}

/**
 * Which conversations one client is opening. It opens each that it is shown as its user's: the document, then list and
 * roster, then it tells the app that the user has joined, and asks who else is there. Told in between that the user is
 * out, it forgets the conversation, goes on opening it, and tells the app of it as joined for ever
 * (reference: docs/reference/official-sdk.md).
 */
export class Openings {
  readonly #clock: Clock;
  readonly #openings = new Map<string, Opening>();
  /** What the client was told on this connection that its user is out of, the last at the end. */
  readonly #closed = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The client reads in a list, or is told, that its user is in the conversation. */
  show(conversation: string): void {
    this.#of(conversation).shown = this.#clock.now();
  }

  /** It opens the roster. */
  begin(conversation: string): void {
    this.#of(conversation).isBegun = true;
  }

  /** It asks who is in the conversation. Of a roster that it has not opened it may be the rest, from before it closed it. */
  end(conversation: string): void {
    const opening = this.#of(conversation);
    if (opening.isBegun) opening.isOpen = true;
  }

  /** It has subscribed to the roster: one that it did not open here, nor close, it has from an earlier connection. */
  follow(conversation: string): void {
    const opening = this.#of(conversation);
    if (!opening.isBegun && !this.#closed.has(conversation)) opening.isOpen = true;
  }

  /** @returns whether the client may be told that of its user's memberships by now; if so, it has been */
  admit({ key, change }: Note): boolean {
    const conversation = String(key);
    if (change === 'added') this.show(conversation);
    if (change !== 'removed') return true;
    if (this.#isUnderWay(conversation)) return false;
    this.#close(conversation);
    return true;
  }

  #close(conversation: string): void {
    this.#openings.delete(conversation);
    this.#closed.delete(conversation);
    this.#closed.add(conversation);
    const [oldest] = this.#closed;
    if (oldest !== undefined && this.#closed.size > closedLimit) this.#closed.delete(oldest);
  }

  #isUnderWay(conversation: string): boolean {
    const { shown, isOpen } = this.#openings.get(conversation) ?? {};
    return shown !== undefined && !isOpen && this.#clock.now() - shown < patience;
  }

  #of(conversation: string): Opening {
    const known = this.#openings.get(conversation);
    if (known) return known;
    const opening: Opening = { shown: undefined, isBegun: false, isOpen: false };
    this.#openings.set(conversation, opening);
    return opening;
  }
}
