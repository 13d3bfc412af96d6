/** What waits, as far as its place is concerned. */
export interface InLine {
  /** Those of one key go in the order in which they came. */
  key: string;
  isUrgent: boolean;
}

/**
 * What waits, in the order in which it goes: the urgent first, but never before what came earlier with the same key. While
 * others may go, the urgent have no more than half of what goes at a time, so that much of them keeps nobody else from going.
 */
export class WaitingLine<One extends InLine> {
  #urgent: One[] = [];
  /** Among them what is urgent and has to wait for others of its key. */
  #others: One[] = [];
  /** How many of the others there are of a key. */
  readonly #othersOf = new Map<string, number>();
  #ordinary = 0;

  get length(): number {
    return this.#urgent.length + this.#others.length;
  }

  /** How many are not urgent. */
  get ordinary(): number {
    return this.#ordinary;
  }

  put(one: One): void {
    const { key, isUrgent } = one;
    const before = this.#othersOf.get(key) ?? 0;
    if (isUrgent && before === 0) {
      this.#urgent.push(one);
      return;
    }
    this.#othersOf.set(key, before + 1);
    if (isUrgent) this.#others.splice(this.#others.findLastIndex((other) => other.key === key) + 1, 0, one);
    else {
      this.#ordinary += 1;
      this.#others.push(one);
    }
  }

  /**
   * Takes out whoever is next.
   *
   * @param most how many, at most
   * @param busy keys of which none may go now
   */
  take(most: number, busy: ReadonlySet<string>): One[] {
    const share = Math.max(most - this.#others.length, Math.ceil(most / 2));
    const taken = this.#takeSome(share, most, busy);
    if (taken.length === most || this.#urgent.length === 0) return taken;
    // Of the others fewer may go than there are: what is urgent has the rest, and then those whose key that kept back.
    const room = most - taken.length;
    return [...taken, ...this.#takeSome(room, room, busy)];
  }

  /** @param share of it the urgent have, at most */
  #takeSome(share: number, most: number, busy: ReadonlySet<string>): One[] {
    const urgent = pick(this.#urgent, share, busy);
    this.#urgent = urgent.left;
    const held = urgent.left.length === 0 ? busy : new Set([...busy, ...urgent.left.map(({ key }) => key)]);
    const others = pick(this.#others, most - urgent.taken.length, held);
    this.#others = others.left;
    for (const one of others.taken) this.#noteTaken(one);
    return [...urgent.taken, ...others.taken];
  }

  #noteTaken({ key, isUrgent }: One): void {
    if (!isUrgent) this.#ordinary -= 1;
    const left = (this.#othersOf.get(key) ?? 0) - 1;
    if (left > 0) this.#othersOf.set(key, left);
    else this.#othersOf.delete(key);
  }
}

function pick<One extends InLine>(line: One[], most: number, busy: ReadonlySet<string>): { taken: One[]; left: One[] } {
  const taken: One[] = [];
  const left: One[] = [];
  let at = 0;
  for (; at < line.length && taken.length < most; at += 1) {
    const one = line[at] as One;
    (busy.has(one.key) ? left : taken).push(one);
  }
  return { taken, left: left.length === 0 ? line.slice(at) : [...left, ...line.slice(at)] };
}
