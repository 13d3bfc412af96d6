/** What phones show, and what happens on the way to them and back: kept as long as the simulator. */
import type { Scheduler } from '../clock.ts';

export interface PhoneFile {
  contentType: string;
  filename: string | null;
  /** In bytes. */
  size: number;
}

/** As the phone sees it: `in` has arrived there, `out` was written there. */
export interface PhoneMessage {
  /** Grows with every message of the network. */
  id: number;
  direction: 'in' | 'out';
  from: string;
  to: string;
  body: string;
  media: readonly PhoneFile[];
  status: string;
  /** ISO 8601. */
  dateCreated: string;
}

export type PhoneNews =
  | { kind: 'arrived' | 'written'; message: PhoneMessage }
  /** The network reports on a message to a phone; `problem` says why it did not arrive. */
  | { kind: 'report'; phone: string; status: string; problem: string | null }
  /** A request that was answered with an error, or not at all. */
  | { kind: 'refused'; what: string; answer: string }
  /** What a phone wrote was not taken by the other side. */
  | { kind: 'unheard'; phone: string; reason: string };

interface Text {
  from: string;
  to: string;
  body: string;
  media?: readonly PhoneFile[];
}

export class PhoneLog {
  readonly #clock: Scheduler;
  readonly #messages: PhoneMessage[] = [];
  /** Provider's id → what arrived. */
  readonly #byId = new Map<string, PhoneMessage>();
  readonly #listeners = new Set<(news: PhoneNews) => void>();

  constructor(clock: Scheduler) {
    this.#clock = clock;
  }

  /** The oldest first. */
  messages(phone: string, after = 0): PhoneMessage[] {
    const isHere = ({ direction, from, to }: PhoneMessage) => (direction === 'in' ? to : from) === phone;
    return this.#messages.filter((message) => message.id > after && isHere(message));
  }

  /** @returns a function that ends it */
  onNews(listener: (news: PhoneNews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @param ids what the provider calls it, or its pieces, so that reports find it; the same again is the same message */
  arrive(ids: string | readonly string[], text: Text): PhoneMessage {
    const all = typeof ids === 'string' ? [ids] : ids;
    const known = this.#byId.get(all[0] ?? '');
    if (known) return known;
    const message = this.#add('in', text, 'sent');
    for (const id of all) this.#byId.set(id, message);
    this.#tell({ kind: 'arrived', message });
    return message;
  }

  write(text: Text): PhoneMessage {
    const message = this.#add('out', text, 'sent');
    this.#tell({ kind: 'written', message });
    return message;
  }

  report(id: string, phone: string, status: string, problem: string | null = null): void {
    const message = this.#byId.get(id);
    if (message) message.status = status;
    this.#tell({ kind: 'report', phone, status, problem });
  }

  refuse(what: string, answer: string): void {
    this.#tell({ kind: 'refused', what, answer });
  }

  unheard(phone: string, reason: string): void {
    this.#tell({ kind: 'unheard', phone, reason });
  }

  #add(direction: PhoneMessage['direction'], text: Text, status: string): PhoneMessage {
    const dateCreated = new Date(this.#clock.now()).toISOString();
    const message = { id: this.#messages.length + 1, direction, media: [], ...text, status, dateCreated };
    this.#messages.push(message);
    return message;
  }

  #tell(news: PhoneNews): void {
    for (const listener of this.#listeners) listener(news);
  }
}
