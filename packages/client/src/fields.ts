import { dateOf } from './mirror.ts';

/** Fields whose value is a time, in milliseconds on the wire. */
const isTime = /^date|Timestamp$/;

/**
 * @internal Gives the objects of a class the fields of their resource that they show as they are, times as a `Date`;
 * the class declares them. To be called in a static field, marked as pure, so that a class that nobody uses goes.
 */
export function showFields<D extends object, T extends { _data: D }>(
  of: { prototype: T & { _data: D } },
  fields: (keyof T & keyof D & string)[],
) {
  for (const field of fields) {
    Object.defineProperty(of.prototype, field, {
      get(this: T) {
        const value = this._data[field];
        return isTime.test(field) ? dateOf(value as number | null) : value;
      },
    });
  }
}

/** @internal Gives a class the names of its events as static members. */
export function nameEvents<E extends string>(of: { readonly [name in E]: name }, events: E[]) {
  for (const event of events) Object.assign(of, { [event]: event });
}
