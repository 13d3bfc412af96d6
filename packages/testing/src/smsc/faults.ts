/** What goes wrong, with which messages, how often. */

export type FaultAction =
  /** Refused: nothing was taken. */
  | { type: 'refuse'; status: number }
  /** Taken, and never answered. */
  | { type: 'answer-lost' }
  /** Not taken, and never answered. */
  | { type: 'ignored' }
  /** Taken, and the connection cut in place of the answer. */
  | { type: 'cut-after' }
  /** Not taken, and the connection cut. */
  | { type: 'cut-before' }
  /** Taken, and answered after so many milliseconds. */
  | { type: 'late'; ms: number }
  /** Taken, and the answer cut off after its header. */
  | { type: 'garbled' };

export interface Fault {
  action: FaultAction;
  /** Of which numbers the messages are; by default of all. */
  destination?: RegExp;
  /** How many messages it meets; by default all that come. */
  count?: number;
}

export class Faults {
  #faults: (Fault & { left: number })[] = [];

  add(fault: Fault): void {
    this.#faults.push({ ...fault, left: fault.count ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#faults = [];
  }

  /** What the next message to a number meets. Faults meet messages in the order in which they were added. */
  take(destination: string): FaultAction | null {
    const fault = this.#faults.find((one) => one.left > 0 && (one.destination?.test(destination) ?? true));
    if (!fault) return null;
    fault.left -= 1;
    return fault.action;
  }
}
