/**
 * What e-mail carries back to us in addresses and ids: which conversation a mail is for, which delivery a report is
 * about. Nothing is looked up to read one, and nobody can make one up: it ends with a code that only the sender's key
 * makes. Letters and digits in lower case, since servers on the way may change the case of a local part.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Bytes. 64 bits cannot be found by trying against a server. */
const macBytes = 8;

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** SIDs, of which only the 128 bits are written, by the letter that says which prefix they have. */
const kinds = { c: 'CH', d: 'DY' } as const;

/** @returns 40 characters for a SID of a conversation or a delivery, more for other ids */
export function makeToken(key: Buffer, id: string): string {
  const [kind, payload] = pack(id);
  return kind + base32(Buffer.concat([payload, mac(key, kind, payload)]));
}

/** What a token stands for; undefined when it is none that this key made. */
export function readToken(key: Buffer, token: string): string | undefined {
  const kind = token.slice(0, 1).toLowerCase();
  const bytes = fromBase32(token.slice(1).toLowerCase());
  if (!bytes || bytes.length <= macBytes) return undefined;
  const payload = bytes.subarray(0, -macBytes);
  if (!timingSafeEqual(mac(key, kind, payload), bytes.subarray(-macBytes))) return undefined;
  return unpack(kind, payload);
}

/** The same, for a conversation only. */
export function conversationIn(key: Buffer, token: string): string | undefined {
  const id = readToken(key, token);
  return id?.startsWith('CH') ? id : undefined;
}

function pack(id: string): [kind: string, payload: Buffer] {
  for (const [kind, prefix] of Object.entries(kinds)) {
    if (id.startsWith(prefix) && /^[0-9a-f]{32}$/.test(id.slice(2))) return [kind, Buffer.from(id.slice(2), 'hex')];
  }
  return ['x', Buffer.from(id)];
}

function unpack(kind: string, payload: Buffer): string | undefined {
  if (kind === 'x') return payload.toString();
  const prefix = kinds[kind as keyof typeof kinds] as string | undefined;
  return prefix === undefined || payload.length !== 16 ? undefined : prefix + payload.toString('hex');
}

function mac(key: Buffer, kind: string, payload: Buffer): Buffer {
  return createHmac('sha256', key).update(kind).update(payload).digest().subarray(0, macBytes);
}

/** RFC 4648 without padding. */
function base32(bytes: Buffer): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += alphabet[(held >> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? text + alphabet[(held << (5 - bits)) & 31] : text;
}

function fromBase32(text: string): Buffer | undefined {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const letter of text) {
    const value = alphabet.indexOf(letter);
    if (value === -1) return undefined;
    held = (held << 5) | value;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push(held >> bits);
    held &= (1 << bits) - 1;
  }
  // What is left over is padding: more than four bits of it, or other than zeros, is another spelling.
  return bits < 5 && held === 0 ? Buffer.from(bytes) : undefined;
}
