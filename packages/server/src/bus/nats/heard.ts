/** Of each of the two fields: 2 MB, of which as much is used as is heard. */
const bits = 2 ** 24;
/** Each checksum has as many bits in a field. */
const bitsOfEach = 4;

interface Field {
  /** Which stretch of time it is of. */
  stretch: number;
  marks: Uint32Array;
}

/**
 * Knows what was heard a short while ago, by the checksums, in room that does not grow (a Bloom filter). It takes nothing for
 * new that is not. What is new it takes for known hardly ever: where a node hears ten thousand things a second, one in some
 * 300 of them.
 */
export class Heard {
  readonly #stretch: number;
  /** Two of them: stretches that follow each other are never in the same one. */
  readonly #fields: Field[] = [];

  /** @param stretch how far the times of two things may be apart of which both may still come; milliseconds */
  constructor(stretch: number) {
    this.#stretch = stretch;
  }

  /**
   * Notes something.
   *
   * @param sum of 16 bytes, which are as good as random
   * @param time when it was said
   * @returns whether it was noted before
   */
  note(sum: Uint8Array, time: number): boolean {
    const field = this.#fieldOf(Math.floor(time / this.#stretch));
    const words = new DataView(sum.buffer, sum.byteOffset, sum.byteLength);
    let known = true;
    for (let at = 0; at < bitsOfEach; at += 1) {
      const bit = words.getUint32(4 * at) % bits;
      const mark = 1 << (bit & 31);
      const place = bit >>> 5;
      const before = field.marks[place] as number;
      if ((before & mark) !== 0) continue;
      known = false;
      field.marks[place] = before | mark;
    }
    return known;
  }

  /** What was noted two stretches ago is forgotten: nobody hears it any more. */
  #fieldOf(stretch: number): Field {
    const at = Math.abs(stretch) % 2;
    const known = this.#fields[at];
    if (known?.stretch === stretch) return known;
    const field = { stretch, marks: new Uint32Array(bits / 32) };
    this.#fields[at] = field;
    return field;
  }
}
