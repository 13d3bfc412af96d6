/**
 * What goes between the main thread and the writer. As JSON text: V8 writes and reads that several times
 * faster than it clones as many small objects.
 */
import type { Limits } from '@colloquy/protocol';
import type { Call, Committed, LoggedEvent } from '../driver.ts';

/** What the writer thread gets to start with. */
export interface WriterData {
  file: string;
  now: number;
  /** Those of the contract when left out. */
  limits?: Limits;
}

/** @property number by which the batch is answered */
export type ToWriter = { batch: string; number: number } | { close: true };

export type FromWriter =
  | { ready: true }
  /** `data` are the events' own texts, which are JSON already and would only be quoted and unquoted again. */
  | { number: number; committed: string; data: string[] }
  | { number: number; failed: string }
  /** Something went wrong that no batch is told of. */
  | { trouble: string }
  /** `errcode` is SQLite's. */
  | { startFailed: string; errcode: number | undefined };

export function packBatch(calls: readonly Call[]): string {
  return JSON.stringify(calls);
}

export function unpackBatch(batch: string): Call[] {
  return JSON.parse(batch) as Call[];
}

export function packCommitted({ outcomes, events, woken }: Committed): { committed: string; data: string[] } {
  const bare = events.map(({ id, stream, position, type, time }) => ({ id, stream, position, type, time }));
  return { committed: JSON.stringify({ outcomes, events: bare, woken }), data: events.map((event) => event.data) };
}

export function unpackCommitted(committed: string, data: readonly string[]): Committed {
  const unpacked = JSON.parse(committed) as Committed;
  unpacked.events.forEach((event: LoggedEvent, at) => {
    event.data = data[at] as string;
  });
  return unpacked;
}
