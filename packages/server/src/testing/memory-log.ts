import type { StreamLog } from '../bus/shared/stream-log.ts';
import type { LoggedEvent } from '../storage/driver.ts';

/** A log in memory, for several nodes in one process. */
export class MemoryLog implements StreamLog {
  readonly events: LoggedEvent[] = [];
  readonly #streams = new Map<string, LoggedEvent[]>();
  readonly #swept = new Set<string>();
  /** Set: what is asked of it fails. */
  away: Error | undefined;
  reads = 0;

  append(stream: string, type: string, data: object): LoggedEvent {
    const events = this.of(stream);
    const id = this.events.length + 1;
    const event = { id, stream, position: this.headOf(stream) + 1, type, time: id, data: JSON.stringify(data) };
    events.push(event);
    this.events.push(event);
    return event;
  }

  of(stream: string): LoggedEvent[] {
    const events = this.#streams.get(stream) ?? [];
    this.#streams.set(stream, events);
    return events;
  }

  headOf(stream: string): number {
    return this.of(stream).at(-1)?.position ?? 0;
  }

  /** Removes a stream's events, all but the last, if that is to stay. */
  sweep(stream: string, { isLastKept }: { isLastKept: boolean }): void {
    const events = this.of(stream);
    events.splice(0, events.length - (isLastKept ? 1 : 0));
    this.#swept.add(stream);
  }

  async read(stream: string, after: number, limit: number): Promise<LoggedEvent[]> {
    this.reads += 1;
    await this.#answer();
    const events = this.of(stream)
      .filter(({ position }) => position > after)
      .slice(0, limit);
    await this.#answer();
    return events;
  }

  async heads(streams: readonly string[]): Promise<ReadonlyMap<string, number>> {
    await this.#answer();
    const there = streams.filter((stream) => !this.#swept.has(stream));
    const heads = new Map(there.map((stream) => [stream, this.headOf(stream)]));
    await this.#answer();
    return heads;
  }

  async settled(): Promise<number> {
    await this.#answer();
    return this.events.length;
  }

  async moved(
    after: number,
    upTo = this.events.length,
  ): Promise<ReadonlyMap<string, { position: number; id: number }>> {
    await this.#answer();
    return new Map(this.events.slice(after, upTo).map(({ stream, position, id }) => [stream, { position, id }]));
  }

  async #answer(): Promise<void> {
    await new Promise(setImmediate);
    if (this.away) throw this.away;
  }
}
