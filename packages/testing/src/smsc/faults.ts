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
  /** Of those, which part, between 0 and 1; by default all. */
  share?: number;
}

interface Waiting extends Fault {
  left: number;
}

export class Faults {
  readonly #random: () => number;
  #faults: Waiting[] = [];

  /** @param random between 0 and 1, for faults that only a part of the messages meets */
  constructor(random: () => number) {
    this.#random = random;
  }

  add(fault: Fault): void {
    this.#faults.push({ ...fault, left: fault.count ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#faults = [];
  }

  /** What the next message to a number meets. Faults meet messages in the order in which they were added. */
  take(destination: string): FaultAction | null {
    const meets = ({ left, share = 1, destination: numbers }: Waiting) =>
      left > 0 && (numbers?.test(destination) ?? true) && (share === 1 || this.#random() < share);
    const fault = this.#faults.find(meets);
    if (!fault) return null;
    fault.left -= 1;
    return fault.action;
  }
}
