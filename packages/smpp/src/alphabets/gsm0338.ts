/**
 * The GSM 7-bit default alphabet (3GPP TS 23.038, section 6.2.1): 128 characters of a septet each, and a few that take
 * an escape before theirs. A septet travels in an octet of its own, unless the carrier wants them packed.
 */

/** By septet; 0x1B is the escape. */
const basic =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';

const extension: Readonly<Record<string, number>> = {
  '\f': 0x0a,
  '^': 0x14,
  '{': 0x28,
  '}': 0x29,
  '\\': 0x2f,
  '[': 0x3c,
  '~': 0x3d,
  ']': 0x3e,
  '|': 0x40,
  '€': 0x65,
};

export const escapeCode = 0x1b;

const septets = new Map<string, readonly number[]>();
for (const [code, character] of [...basic].entries()) if (code !== escapeCode) septets.set(character, [code]);
for (const [character, code] of Object.entries(extension)) septets.set(character, [escapeCode, code]);

const extended = new Map(Object.entries(extension).map(([character, code]) => [code, character]));

/** The septets of a character: one or two. Undefined where the alphabet does not have it. */
export function septetsOf(character: string): readonly number[] | undefined {
  return septets.get(character);
}

/** Null where the alphabet does not have one of the characters. */
export function encodeGsm(text: string): Uint8Array | null {
  const codes: number[] = [];
  for (const character of text) {
    const found = septets.get(character);
    if (!found) return null;
    codes.push(...found);
  }
  return Uint8Array.from(codes);
}

/**
 * An escape before a code that the extension table does not have is left out, as section 6.2.1.1 has it.
 *
 * @param codes a septet in each octet; the highest bit is not looked at
 */
export function decodeGsm(codes: Uint8Array): string {
  let text = '';
  let escaped = false;
  for (const octet of codes) {
    const code = octet & 0x7f;
    if (!escaped && code === escapeCode) {
      escaped = true;
      continue;
    }
    // Two escapes stand for a further table, of which there is none: a space.
    const character = escaped && code === escapeCode ? ' ' : basic.charAt(code);
    text += escaped ? (extended.get(code) ?? character) : character;
    escaped = false;
  }
  return text;
}

/**
 * Eight septets into seven octets, the first septet in the lowest bits.
 *
 * @param fillBits zeros before the first septet: they bring it to a septet's boundary behind a user data header
 */
export function pack(codes: Uint8Array, fillBits = 0): Uint8Array {
  const octets = new Uint8Array(Math.ceil((fillBits + codes.length * 7) / 8));
  const put = (bit: number, value: number) => {
    const at = bit >> 3;
    const pair = value << (bit & 7);
    octets[at] = (octets[at] ?? 0) | (pair & 0xff);
    if (pair > 0xff) octets[at + 1] = (octets[at + 1] ?? 0) | (pair >> 8);
  };
  for (const [at, code] of codes.entries()) put(fillBits + at * 7, code & 0x7f);
  return octets;
}

/**
 * Nothing says how many septets there are: where seven bits are left over, they may be none or an `@`. They are taken
 * for none when they are zero, or the CR that senders put there so that they are not taken for an `@`.
 */
export function unpack(octets: Uint8Array, fillBits = 0): Uint8Array {
  const bits = octets.length * 8 - fillBits;
  const codes = Uint8Array.from({ length: Math.max(0, Math.floor(bits / 7)) }, (_, at) => {
    const bit = fillBits + at * 7;
    const low = octets[bit >> 3] ?? 0;
    const high = octets[(bit >> 3) + 1] ?? 0;
    return (((high << 8) | low) >> (bit & 7)) & 0x7f;
  });
  const last = codes.at(-1);
  const leftOver = codes.length > 0 && bits % 7 === 0;
  return leftOver && (last === 0 || last === 0x0d) ? codes.subarray(0, -1) : codes;
}

/** The zeros between a user data header of so many octets and the first septet. */
export function fillBitsAfter(headerOctets: number): number {
  return (7 - ((headerOctets * 8) % 7)) % 7;
}
