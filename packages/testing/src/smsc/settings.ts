import type { DefaultAlphabet, MessageState } from '@colloquy/smpp';
import type { IdForm } from './ids.ts';
import { type ReceiptForm, usualReceipt } from './receipts.ts';

/** Who may bind. */
export interface Account {
  systemId: string;
  password: string;
  /** At the same time. */
  maxBinds: number;
  /** Messages without an answer, of one bind. */
  window: number;
  /** Messages of one bind. */
  perSecond: number;
}

/** What becomes of a message that was taken. */
export interface Fate {
  state: MessageState;
  /** Three digits. */
  error: string;
}

/** All of it may be changed while the simulator runs, and holds from the next message on. */
export interface Settings {
  /** What `data_coding` 0 means. */
  defaultAlphabet: DefaultAlphabet;
  /** How answers call messages, and how receipts do. */
  ids: IdForm;
  receiptIds: IdForm;
  receipts: ReceiptForm & {
    /** Does the receipt go out before the answer, or after so many milliseconds (0: right behind the answer)? */
    after: 'before' | number;
    /** By the bind that the message came by, or by another of the same account where there is one. */
    on: 'same' | 'other';
    /** How often it comes. */
    copies: number;
    /** Is there a note in between for those who want it? */
    intermediate: boolean;
  };
  /** By number; null: nothing is ever heard of it. */
  fate(destination: string): Fate | null;
  /** Milliseconds between a message and its answer. */
  latencyMs: number;
  /** What a bind too many is refused with, 0x0D or 0x05. */
  tooManyBinds: number;
}

const delivered: Fate = { state: 'DELIVRD', error: '000' };
const fates: Readonly<Record<string, Fate | null>> = {
  '001': { state: 'UNDELIV', error: '011' },
  '002': { state: 'EXPIRED', error: '012' },
  '003': { state: 'REJECTD', error: '013' },
  '004': null,
};

/** By the end of the number: 001 cannot be reached, 002 not in time, 003 is refused, of 004 nothing is heard. */
export function fateByNumber(destination: string): Fate | null {
  const fate = fates[destination.slice(-3)];
  return fate === undefined ? delivered : fate;
}

export const usualSettings: Settings = {
  defaultAlphabet: 'gsm',
  ids: 'decimal',
  receiptIds: 'decimal',
  receipts: { ...usualReceipt, after: 0, on: 'same', copies: 1, intermediate: false },
  fate: fateByNumber,
  latencyMs: 0,
  tooManyBinds: 0x0d,
};

export const usualAccount: Account = {
  systemId: 'conv',
  password: 'secret1',
  maxBinds: 10,
  window: 100,
  perSecond: 10_000,
};
