import type { Context } from './context.ts';
import type { Conversation } from './conversation.ts';
import { Emitter, type Listeners } from './emitter.ts';
import { type JSONValue, readJson } from './json.ts';

/** The fields of a resource whose changes are told, and as which reason, where that has not the same name: `email bindings`. */
export type Reasons<Data, Reason extends string> = readonly (
  | (Reason & keyof Data)
  | `${keyof Data & string} ${Reason}`
)[];

/** A kind of object, as it is called in events and their arguments. */
type Kind = 'user' | 'conversation' | 'message' | 'participant';

/** Where the names of events are put together, they are no types. */
interface AnyEmitter {
  emit(event: string, data: object): unknown;
}

/** An object that shows a resource of the server, and is changed in place when the resource changes. */
export abstract class Mirror<Events extends Listeners<Events>> extends Emitter<Events> {
  /** @internal Each class says of which kind; published types know nothing of the resources on the wire. */
  declare _data: { attributes: string; position: number };
  /** @internal */
  declare readonly _context: Context;
  /** @internal The one that it is in. */
  declare readonly conversation?: Conversation | undefined;
  /** @internal */
  readonly _kind: Kind;
  readonly #reasons: readonly string[];
  #attributes: { text: string; value: JSONValue } | undefined;

  /** @internal */
  constructor(
    kind: Kind,
    reasons: readonly string[],
    context: Context,
    data: { attributes: string; position: number },
    conversation?: Conversation,
  ) {
    super();
    this._kind = kind;
    this.#reasons = reasons;
    this._context = context;
    this._data = data;
    this.conversation = conversation;
    const { prototype } = this.constructor;
    for (const field in data) {
      // Unless the class has a way of its own to show it.
      if (field in this) continue;
      Object.defineProperty(prototype, field, {
        // As it is, times as a `Date`.
        get() {
          const value = this._data[field];
          return isTime.test(field) ? dateOf(value) : value;
        },
      });
    }
  }

  /** Custom attributes, any JSON value. Do not change it in place; there are methods for that. */
  get attributes(): JSONValue {
    const text = this._data.attributes;
    if (this.#attributes?.text !== text) this.#attributes = { text, value: readJson(text) };
    return this.#attributes.value;
  }

  /** @internal Takes a state, if it is newer, and tells what is different. */
  _take(data: this['_data']): void {
    if (data.position > this._data.position) this._show(data);
  }

  /** @internal The same, whether it is newer or not. */
  _show(data: this['_data']): void {
    const before = this._data;
    this._data = data;
    this._tellUpdated(before, data);
  }

  /**
   * @internal Tells the listeners of the object, of its conversation and of the client what is different, if anything.
   *
   * @param before nothing when the state before is not known: then everything may be different
   */
  _tellUpdated<Data extends object>(before: Partial<Data>, after: Data): void {
    const changed = this.#reasons.flatMap((told) => {
      const [field, reason = field] = told.split(' ') as [keyof Data, string?];
      return same(before[field], after[field]) ? [] : reason;
    });
    if (!changed.length) return;
    const updateReasons = [...new Set(changed)];
    const data = { [this._kind]: this, updateReasons };
    const event = `${this._kind}Updated`;
    (this as unknown as AnyEmitter).emit('updated', data);
    (this.conversation as unknown as AnyEmitter | undefined)?.emit(event, data);
    (this._context as unknown as AnyEmitter).emit(event, data);
  }
}

/** Fields whose value is a time, in milliseconds on the wire. */
const isTime = /^date|Timestamp$/;

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** @internal */
export function dateOf(ms: number): Date;
/** @internal */
export function dateOf(ms: number | null): Date | null;
export function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}
