import { type Outgoing, problemOf } from '../outgoing.ts';
import { outgoingQueue } from '../outgoing-queue.ts';
import { createStore, type Store } from '../store.ts';
import type { Fault, PhoneLine, PhoneMessage } from './phone-line.ts';

export interface PhoneState {
  phase: 'loading' | 'live' | 'unreachable';
  /** Ascending by id. */
  messages: PhoneMessage[];
  outgoing: Outgoing[];
  faults: Fault[];
  faultProblem: string | null;
}

export interface Phone {
  state: Store<PhoneState>;
  send(body: string): void;
  retry(id: number): void;
  discard(id: number): void;
  addFault(fault: Fault): Promise<void>;
  clearFaults(): Promise<void>;
  /** Reads the list of faults again: they are used up as texts meet them. */
  refreshFaults(): Promise<void>;
  close(): void;
}

export interface PhoneOptions {
  line: PhoneLine;
  /** The number that the thread belongs to; what the phone exchanges with others is not shown. */
  proxyAddress: string;
  /** Resolves when somebody looks at the page: nothing is fetched for a hidden one. */
  visible: () => Promise<void>;
  pause: (ms: number) => Promise<void>;
}

const waitSeconds = 20;
const pauseAfterErrorMs = 2000;
/** A server that does not hold the answer back is asked once a second. */
const pauseAfterNothingMs = 1000;

/** Follows a phone until it is closed. */
export function openPhone({ line, proxyAddress, visible, pause }: PhoneOptions): Phone {
  const store = createStore<PhoneState>({
    phase: 'loading',
    messages: [],
    outgoing: [],
    faults: [],
    faultProblem: null,
  });
  const closing = new AbortController();
  let after = 0;

  async function follow(): Promise<void> {
    while (!closing.signal.aborted) {
      await visible();
      if (closing.signal.aborted) return;
      try {
        const asked = performance.now();
        const isFirst = store.get().phase !== 'live';
        const messages = await line.messages(after, isFirst ? 0 : waitSeconds, closing.signal);
        take(messages);
        if (isFirst) void refreshFaults();
        else if (messages.length === 0 && performance.now() - asked < pauseAfterNothingMs)
          await pause(pauseAfterNothingMs);
      } catch {
        if (closing.signal.aborted) return;
        store.update({ phase: 'unreachable' });
        await pause(pauseAfterErrorMs);
      }
    }
  }

  function take(messages: readonly PhoneMessage[]): void {
    after = messages.reduce((highest, message) => Math.max(highest, message.id), after);
    const mine = messages.filter(
      (message) => (message.direction === 'in' ? message.from : message.to) === proxyAddress,
    );
    store.update((state) => {
      const known = new Set(state.messages.map((message) => message.id));
      const added = mine.filter((message) => !known.has(message.id));
      let outgoing = state.outgoing;
      for (const { direction, body } of added) {
        const arrived =
          direction === 'out' ? outgoing.find((one) => one.state === 'sending' && one.body === body) : undefined;
        outgoing = outgoing.filter((one) => one !== arrived);
      }
      return { phase: 'live', messages: [...state.messages, ...added], outgoing };
    });
    if (store.get().faults.length > 0) void refreshFaults();
  }

  async function changeFaults(change: () => Promise<Fault[]>): Promise<void> {
    try {
      store.update({ faults: await change(), faultProblem: null });
    } catch (error) {
      store.update({ faultProblem: problemOf(error) });
    }
  }

  const none = async () => [];
  const { list, add, clear } = line.faults ?? { list: none, add: none, clear: none };
  const refreshFaults = () => changeFaults(list);

  void follow();

  return {
    state: store,
    ...outgoingQueue(store, (body) => line.send(proxyAddress, body)),
    addFault: (fault) => changeFaults(() => add(fault)),
    clearFaults: () => changeFaults(clear),
    refreshFaults,
    close: () => closing.abort(),
  };
}
