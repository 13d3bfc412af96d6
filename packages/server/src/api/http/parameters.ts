import { isSid, type Sid, type SidPrefix } from '@colloquy/protocol';
import { refuse } from '../../core/refusal.ts';
import { parseDate } from './dates.ts';

/**
 * What a form or a query string says, read by name and type. A name that was not sent gives undefined; a value
 * that does not fit is refused with the contract's code (behaviour reference, section 2.5). Names that nobody
 * reads are ignored.
 */
export class Parameters {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  /** Any text, also an empty one. Refuses a name that was sent twice: it means one value. */
  text(name: string): string | undefined {
    const values = this.#values.get(name);
    if (values && values.length > 1) throw invalid(name, 'sent more than once');
    return values?.[0];
  }

  /** Text that has to be there. */
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw refuse(20001, { parameter: name });
    return value;
  }

  /** All values of a name that may be repeated. */
  list(name: string): readonly string[] | undefined {
    return this.#values.get(name);
  }

  /** @param code the refusal of one that is malformed, where the contract has one of its own */
  sid<P extends SidPrefix>(name: string, prefix: P, code: 20423 | 50341 = 20423): Sid<P> | undefined {
    const value = this.text(name);
    if (value !== undefined && !isSid(value, prefix)) throw refuse(code, { parameter: name });
    return value as Sid<P> | undefined;
  }

  /** A whole number in decimal digits; one that is too large to be exact comes back as infinite. */
  integer(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^-?\d+$/.test(value)) throw invalid(name, 'not a whole number');
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : Math.sign(number) * Number.POSITIVE_INFINITY;
  }

  boolean(name: string): boolean | undefined {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined) return undefined;
    if (value !== 'true' && value !== 'false') throw invalid(name, 'neither true nor false');
    return value === 'true';
  }

  /** One of some words, in any letter case. */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined) return undefined;
    const choice = choices.find((one) => one === value);
    if (choice === undefined) throw invalid(name, `not one of ${choices.join(', ')}`);
    return choice;
  }

  /**
   * A date in milliseconds, of which only the whole seconds count, as in what the API answers.
   *
   * @param code the refusal of one that is malformed
   */
  date(name: string, code: 50308 | 50309 | 50405): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const date = parseDate(value);
    if (date === undefined) throw refuse(code);
    return Math.floor(date.time / 1000) * 1000;
  }

  /** Was at least one of the names sent? */
  hasAny(names: readonly string[]): boolean {
    return names.some((name) => this.#values.has(name));
  }
}

export function invalid(parameter: string, reason: string) {
  return refuse(20422, { parameter, reason });
}
