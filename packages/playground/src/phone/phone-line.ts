/** A text as the virtual phone has it: `in` arrived at the phone, `out` was written on it. */
export interface PhoneMessage {
  /** Grows with every message of the sandbox. */
  id: number;
  direction: 'in' | 'out';
  from: string;
  to: string;
  body: string;
  status: string;
  dateCreated: string | number;
}

export type FaultKind =
  | 'fail'
  | 'temporary'
  | 'throttle'
  | 'credentials'
  | 'unknown'
  | 'undelivered'
  | 'delay'
  | 'drop-receipt';

export interface Fault {
  kind: FaultKind;
  /** How many of the next texts it meets. */
  count: number;
  delayMs?: number;
  errorCode?: number;
}

/** What can be made to go wrong on the way to a phone. */
export interface FaultBox {
  list(): Promise<Fault[]>;
  add(fault: Fault): Promise<Fault[]>;
  clear(): Promise<Fault[]>;
}

/** What connects this page with one phone. */
export interface PhoneLine {
  /** Messages with a greater id; with `waitSeconds` the answer is held back until there is one. */
  messages(after: number, waitSeconds: number, signal: AbortSignal): Promise<PhoneMessage[]>;
  send(to: string, body: string): Promise<void>;
  /** Null where that is not done from here. */
  faults: FaultBox | null;
}
