/** A text that was written here and is not in the thread yet. */
export interface Outgoing {
  id: number;
  body: string;
  state: 'sending' | 'failed';
  /** Why it failed, for people; null while sending. */
  problem: string | null;
}

let count = 0;

export function newOutgoing(body: string): Outgoing {
  count += 1;
  return { id: count, body, state: 'sending', problem: null };
}

/** The list with one entry changed, or removed when `change` is null. */
export function changeOutgoing(list: readonly Outgoing[], id: number, change: Partial<Outgoing> | null): Outgoing[] {
  if (change === null) return list.filter((entry) => entry.id !== id);
  return list.map((entry) => (entry.id === id ? { ...entry, ...change } : entry));
}

/** What went wrong, in words for the person who wrote the text. */
export function problemOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : 'Something went wrong';
}
