/**
 * Long texts come in pieces, in any order, and each piece is answered: so each is on disk before that, and the text is
 * put together when all are there, or when the time for the others is over.
 */
import { randomUUID } from 'node:crypto';
import { decodeText, type EncodedText, type Place } from '@colloquy/smpp';
import type { SenderHost } from '../channel.ts';
import type { Address } from '../message.ts';

interface StoredPart {
  sender: Address;
  recipient: Address;
  place: Place;
  alphabet: EncodedText['alphabet'];
  /** Base64. */
  octets: string;
  /** When the first of its text came, in milliseconds. */
  since: number;
}

export interface LongText {
  /** Unique. */
  id: string;
  sender: Address;
  recipient: Address;
  text: string;
  /** Numbers of the pieces that did not come. */
  missing: number[];
}

interface Collection {
  id: string;
  since: number;
  parts: Map<number, StoredPart>;
  callOff(): void;
}

const prefix = 'part/';
const waitMs = 5 * 60_000;
/** Stands where a piece is missing. */
const gap = ' […] ';

export class Parts {
  readonly #host: SenderHost;
  readonly #onIncomplete: (key: string) => void;
  readonly #collections = new Map<string, Collection>();

  /** @param onIncomplete the time is over for what is under this key */
  constructor(host: SenderHost, onIncomplete: (key: string) => void) {
    this.#host = host;
    this.#onIncomplete = onIncomplete;
  }

  /**
   * Takes over what an earlier run had.
   *
   * @returns the keys of what is complete
   */
  async load(): Promise<string[]> {
    for (const { name, value } of await this.#host.recallAll<StoredPart>(prefix)) {
      const [id = ''] = name.slice(prefix.length).split('/', 1);
      const collection = this.#collectionOf(keyOf(value), id, value.since);
      collection.parts.set(value.place.sequence, value);
    }
    return [...this.#collections].flatMap(([key, { parts }]) => (isComplete(parts) ? [key] : []));
  }

  stop(): void {
    for (const { callOff } of this.#collections.values()) callOff();
  }

  /**
   * Takes a piece; resolves when it is on disk.
   *
   * @returns the key of its text, when that is complete
   */
  async add(
    parties: Pick<StoredPart, 'sender' | 'recipient'>,
    place: Place,
    piece: EncodedText,
  ): Promise<string | null> {
    const key = keyOf({ ...parties, place });
    const since = this.#collections.get(key)?.since ?? this.#host.clock.now();
    const octets = Buffer.from(piece.octets).toString('base64');
    const part: StoredPart = { ...parties, place, alphabet: piece.alphabet, octets, since };
    const collection = this.#collectionOf(key, randomUUID(), since);
    collection.parts.set(place.sequence, part);
    await this.#host.note(`${prefix}${collection.id}/${place.sequence}`, part);
    return isComplete(collection.parts) ? key : null;
  }

  /** Is this a place in a text that is not complete yet? */
  awaits(parties: Pick<StoredPart, 'sender' | 'recipient'>, place: Place): boolean {
    return this.#collections.has(keyOf({ ...parties, place }));
  }

  /** The key of a text with this reference that has another piece in the place of this one: it never gets complete. */
  contradicts(parties: Pick<StoredPart, 'sender' | 'recipient'>, place: Place, piece: EncodedText): string | null {
    const key = keyOf({ ...parties, place });
    const known = this.#collections.get(key)?.parts.get(place.sequence);
    return known && known.octets !== Buffer.from(piece.octets).toString('base64') ? key : null;
  }

  /** What there is of a text. */
  read(key: string): LongText | null {
    const collection = this.#collections.get(key);
    const [any] = collection?.parts.values() ?? [];
    if (!collection || !any) return null;
    const { sender, recipient } = any;
    const numbers = Array.from({ length: any.place.total }, (_, at) => at + 1);
    const missing = numbers.filter((number) => !collection.parts.has(number));
    return { id: collection.id, sender, recipient, text: join(numbers, collection.parts), missing };
  }

  /** It could not be taken in: another time. */
  postpone(key: string): void {
    const collection = this.#collections.get(key);
    const { clock } = this.#host;
    if (collection) collection.callOff = clock.at(clock.now() + waitMs, () => this.#onIncomplete(key));
  }

  /** It was taken in. */
  async remove(key: string): Promise<void> {
    const collection = this.#collections.get(key);
    if (!collection) return;
    collection.callOff();
    this.#collections.delete(key);
    await Promise.all(
      [...collection.parts.keys()].map((sequence) =>
        this.#host.note(`${prefix}${collection.id}/${sequence}`, undefined),
      ),
    );
  }

  #collectionOf(key: string, id: string, since: number): Collection {
    const known = this.#collections.get(key);
    if (known) return known;
    const { clock } = this.#host;
    const callOff = clock.at(since + waitMs, () => this.#onIncomplete(key));
    const collection = { id, since, parts: new Map(), callOff };
    this.#collections.set(key, collection);
    return collection;
  }
}

/** The reference alone says little: two people may use the same at the same time. */
function keyOf({ sender, recipient, place }: Pick<StoredPart, 'sender' | 'recipient' | 'place'>): string {
  return [sender, recipient, place.reference, place.total].join(' ');
}

function isComplete(parts: ReadonlyMap<number, StoredPart>): boolean {
  const [any] = parts.values();
  return any !== undefined && parts.size === any.place.total;
}

/** Pieces may end within a character, so those that follow each other are read as one. */
function join(numbers: readonly number[], parts: ReadonlyMap<number, StoredPart>): string {
  const runs: (EncodedText | null)[] = [];
  for (const number of numbers) {
    const part = parts.get(number);
    const last = runs.at(-1);
    if (!part) {
      if (last !== null) runs.push(null);
      continue;
    }
    const octets = Buffer.from(part.octets, 'base64');
    if (last && last.alphabet === part.alphabet) last.octets = Buffer.concat([last.octets, octets]);
    else runs.push({ alphabet: part.alphabet, octets });
  }
  return runs
    .map((run) => (run ? (decodeText(run) ?? '') : gap))
    .join('')
    .trim();
}
