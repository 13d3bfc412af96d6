/** What went over the wire, and what else happened: in order, kept as long as the simulator. */
import type { Pdu } from '@colloquy/smpp';

export type JournalEntry = {
  /** By the simulator's clock, in milliseconds. */
  at: number;
  /** Counts the connections from 1. */
  connection: number;
} & ({ type: 'in' | 'out'; pdu: Pdu } | { type: 'connected' } | { type: 'closed'; reason: string });

type Watch = { wanted: (entry: JournalEntry) => boolean; resolve: (entry: JournalEntry) => void };

export class Journal {
  readonly entries: JournalEntry[] = [];
  #watches: Watch[] = [];

  add(entry: JournalEntry): void {
    this.entries.push(entry);
    const met = this.#watches.filter(({ wanted }) => wanted(entry));
    this.#watches = this.#watches.filter((watch) => !met.includes(watch));
    for (const { resolve } of met) resolve(entry);
  }

  /** Resolves with the next entry that is so; what was before does not count. */
  next(wanted: (entry: JournalEntry) => boolean): Promise<JournalEntry> {
    return new Promise((resolve) => this.#watches.push({ wanted, resolve }));
  }
}
