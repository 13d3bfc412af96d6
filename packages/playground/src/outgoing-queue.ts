import { changeOutgoing, newOutgoing, type Outgoing, problemOf } from './outgoing.ts';
import type { WritableStore } from './store.ts';

/** What a person can do with texts that are on their way out. */
export interface OutgoingQueue {
  send(body: string): void;
  /** Again, of one that failed. */
  retry(id: number): void;
  discard(id: number): void;
}

/**
 * Shows each text at once. One that cannot be delivered stays, with the reason; one that can be leaves the list when it
 * arrives in the thread, which is for the owner of the store to see.
 */
export function outgoingQueue(
  store: WritableStore<{ outgoing: Outgoing[] }>,
  deliver: (body: string, id: number) => Promise<unknown>,
): OutgoingQueue {
  const change = (id: number, to: Partial<Outgoing> | null) =>
    store.update(({ outgoing }) => ({ outgoing: changeOutgoing(outgoing, id, to) }));

  function dispatch({ id, body }: Outgoing): void {
    deliver(body, id).catch((error: unknown) => change(id, { state: 'failed', problem: problemOf(error) }));
  }

  return {
    send(body) {
      const entry = newOutgoing(body);
      store.update(({ outgoing }) => ({ outgoing: [...outgoing, entry] }));
      dispatch(entry);
    },
    retry(id) {
      const entry = store.get().outgoing.find((one) => one.id === id);
      if (entry === undefined) return;
      change(id, { state: 'sending', problem: null });
      dispatch(entry);
    },
    discard: (id) => change(id, null),
  };
}
