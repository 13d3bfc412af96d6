/** The kinds of fields that bodies are made of: how each is read and written. SMPP 3.4, section 3.1. */
import { statuses } from '../status.ts';
import { PduError, type Reader, type Writer } from './octets.ts';

export interface Field<T> {
  read(from: Reader): T;
  /** @throws PduError when the value does not fit */
  write(value: T, to: Writer): void;
  /** What stands for it where a body was left out, as bodies of refusals may be. */
  absent: T;
}

/** Whose number: type (1 international, 3 of the network, 5 letters), plan (1 telephone) and the number itself. */
export interface PduAddress {
  ton: number;
  npi: number;
  /** Digits without `+`, or letters. */
  address: string;
}

/** One of the recipients of `submit_multi`: a number, or the name of a list that the SMSC keeps. */
export type Destination = PduAddress | { list: string };

/** One recipient that `submit_multi` did not reach. */
export type Unreached = PduAddress & { status: number };

export const integer: Field<number> = {
  read: (from) => from.integer(1),
  write: (value, to) => to.integer(value, 1),
  absent: 0,
};

/** @param max octets with the NUL */
export function cString(max: number): Field<string> {
  return {
    read: (from) => from.cString(max),
    write: (value, to) => to.cString(value, max),
    absent: '',
  };
}

/** @param max octets of the number with its NUL: 21 in most PDUs, 65 in `alert_notification` and `data_sm` */
export function address(max: number): Field<PduAddress> {
  return {
    read: (from) => ({ ton: from.integer(1), npi: from.integer(1), address: from.cString(max) }),
    write: (value, to) => {
      to.integer(value.ton, 1);
      to.integer(value.npi, 1);
      to.cString(value.address, max);
    },
    absent: { ton: 0, npi: 0, address: '' },
  };
}

/** `sm_length` and as many octets: at most 254. */
export const shortMessage: Field<Uint8Array> = {
  read: (from) => {
    const length = from.integer(1);
    if (length > 254 || length > from.left) {
      throw new PduError(statuses.ESME_RINVMSGLEN, `sm_length is ${length}, with ${from.left} octets left.`);
    }
    return Uint8Array.from(from.take(length));
  },
  write: (value, to) => {
    if (value.length > 254) throw new PduError(statuses.ESME_RINVMSGLEN, 'short_message is longer than 254 octets.');
    to.integer(value.length, 1);
    to.put(value);
  },
  absent: new Uint8Array(),
};

const number = address(21);
const listName = cString(21);

/** `dest_flag` 1: a number, 2: a list. */
export const destinations: Field<Destination[]> = {
  read: (from) =>
    Array.from({ length: from.integer(1) }, () => {
      const flag = from.integer(1);
      if (flag === 1) return number.read(from);
      if (flag === 2) return { list: listName.read(from) };
      throw new PduError(statuses.ESME_RINVDESTFLAG, `dest_flag is ${flag}.`);
    }),
  write: (value, to) => {
    to.integer(value.length, 1);
    for (const one of value) {
      to.integer('list' in one ? 2 : 1, 1);
      if ('list' in one) listName.write(one.list, to);
      else number.write(one, to);
    }
  },
  absent: [],
};

export const unreached: Field<Unreached[]> = {
  read: (from) => Array.from({ length: from.integer(1) }, () => ({ ...number.read(from), status: from.integer(4) })),
  write: (value, to) => {
    to.integer(value.length, 1);
    for (const one of value) {
      number.write(one, to);
      to.integer(one.status, 4);
    }
  },
  absent: [],
};
