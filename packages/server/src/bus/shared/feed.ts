import type { LoggedEvent } from '../../storage/driver.ts';

/** Events that are kept while one before them is missing. What is beyond is read from the log. */
const keptAhead = 500;

/** Puts the events of one stream in order: each comes out once, after the one before it. */
export class Feed {
  /** How many listen. */
  listeners = 0;
  /** While it is found out where the stream stands. */
  opening: Promise<void> | undefined;
  /** While the log is read. */
  filling: Promise<void> | undefined;
  /** Of the last event that came out; undefined until it is known where the stream stands. */
  position: number | undefined;
  /** Up to where the stream is known to be. */
  known = 0;
  #ahead: Map<number, LoggedEvent> | undefined;

  /** Is there something that has not come out? */
  get isBehind(): boolean {
    return this.position !== undefined && this.known > this.position;
  }

  /** The stream is at that position at least. */
  note(position: number): void {
    if (position > this.known) this.known = position;
  }

  /**
   * Takes an event, from wherever it comes.
   *
   * @param out gets what comes out now
   */
  take(event: LoggedEvent, out: LoggedEvent[]): void {
    this.note(event.position);
    if (this.position === undefined || event.position > this.position + 1) {
      this.#ahead ??= new Map();
      if (this.#ahead.size < keptAhead) this.#ahead.set(event.position, event);
      return;
    }
    if (event.position <= this.position) return;
    this.position = event.position;
    out.push(event);
    this.#followOn(out);
  }

  /** The next one to come out is the one after that position, and what comes before it never does. */
  begin(position: number, out: LoggedEvent[]): void {
    if (this.position !== undefined && this.position >= position) return;
    this.note(position);
    this.position = position;
    this.#followOn(out);
  }

  /** What is missing up to there is not in the log any more: goes on behind it. */
  skip(position: number, out: LoggedEvent[]): void {
    for (const next of [...(this.#ahead?.keys() ?? [])].sort((a, b) => a - b)) {
      if (next <= position) this.begin(next - 1, out);
    }
    this.begin(position, out);
  }

  #followOn(out: LoggedEvent[]): void {
    const ahead = this.#ahead;
    if (!ahead || this.position === undefined) return;
    for (const position of ahead.keys()) if (position <= this.position) ahead.delete(position);
    for (let next = ahead.get(this.position + 1); next; next = ahead.get(this.position + 1)) {
      ahead.delete(next.position);
      this.position = next.position;
      out.push(next);
    }
    if (ahead.size === 0) this.#ahead = undefined;
  }
}
