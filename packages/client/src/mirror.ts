import { Emitter, type Listeners } from './emitter.ts';
import { type JSONValue, readJson } from './json.ts';

/** Which reason an update has when a field of the resource changed. */
export type Reasons<Data, Reason> = { readonly [K in keyof Data]?: Reason };

/** An object that shows a resource of the server, and is changed in place when the resource changes. */
export abstract class Mirror<Events extends Listeners<Events>> extends Emitter<Events> {
  /** @internal Each class says of which kind; published types know nothing of the resources on the wire. */
  _data: { attributes: string };
  /** @internal Position, in the stream that tells of the resource, of the newest change that is known. */
  _revision: number;
  #attributes: { text: string; value: JSONValue } | undefined;

  /** @internal */
  constructor(data: { attributes: string }, revision: number) {
    super();
    this._data = data;
    this._revision = revision;
  }

  /** Custom attributes, any JSON value. Do not change it in place; there are methods for that. */
  get attributes(): JSONValue {
    const text = this._data.attributes;
    if (this.#attributes?.text !== text) this.#attributes = { text, value: readJson(text) };
    return this.#attributes.value;
  }

  /** @internal Takes a newer state. @returns why the program should be told; nothing when it was not newer */
  _change<Reason>(data: this['_data'], revision: number, reasons: Reasons<this['_data'], Reason>): Reason[] {
    if (revision <= this._revision) return [];
    const before = this._data;
    this._data = data;
    this._revision = revision;
    return compare(before, data, reasons);
  }
}

/** @internal @returns each reason once */
export function compare<Data, Reason>(before: Data, after: Data, reasons: Reasons<Data, Reason>): Reason[] {
  const found = new Set<Reason>();
  for (const field in reasons) {
    const reason = reasons[field];
    if (reason !== undefined && !same(before[field], after[field])) found.add(reason);
  }
  return [...found];
}

/** @internal Every reason there is: for a change of something that was not known before. */
export function everyReason<Data, Reason>(reasons: Reasons<Data, Reason>): Reason[] {
  return [...new Set(Object.values(reasons) as Reason[])];
}

function same(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));
}

/** @internal */
export function dateOf(ms: number): Date;
/** @internal */
export function dateOf(ms: number | null): Date | null;
export function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}
