import type { UserResource } from '@colloquy/protocol';
import { type InfoKey, infoItems } from './data.ts';
import { frameOf, framesOf, type Note } from './notes.ts';
import type { SyncObject } from './objects.ts';

export type Write = (frame: Buffer) => void;

/** One client's subscription to an object that shows a stream of the log. */
export class Subscription {
  readonly object: SyncObject;
  /** Up to which id the client was told of the object, or told us that it knows it; or is to be told when it may be. */
  told: number;
  /**
   * Of a conversation's objects: where the user's own stream says last that he is in it; 0 when he sees it without being
   * in it, undefined until it has been read.
   */
  member: number | undefined;
  /** Where his own stream said, while that was being read, that he is out. */
  out = 0;
  readonly #write: Write;
  /** What happens until what the client missed has been read; then undefined. */
  #held: Note[] | undefined = [];

  constructor(object: SyncObject, told: number, write: Write) {
    this.object = object;
    this.told = told;
    this.#write = write;
  }

  /** Is the client told what happens? It is not until it has been told what it missed. */
  get isReleased(): boolean {
    return this.#held === undefined;
  }

  /** Up to which id nothing more has to be told. */
  get reached(): number {
    return this.told;
  }

  /** Something happened to the object. */
  take(note: Note): void {
    if (this.#held) {
      this.#held.push(note);
      return;
    }
    if (note.id <= this.told) return;
    this.told = note.id;
    this.pass(note);
  }

  protected pass(note: Note): void {
    this.#write(frameOf(note));
  }

  /** Ends the holding back: what was not told with the rest goes out now. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const note of held) this.take(note);
  }
}

/**
 * One client's subscription to a user's info. Who is online never goes into the log, so this object has no line of
 * numbers of its own: it is told whole, and numbered on from what the client says it knows. The client leaves out what
 * it has already.
 */
export class InfoSubscription {
  readonly object: SyncObject;
  told: number;
  readonly #write: Write;
  /** The newest of what came before `release`. */
  #held: UserResource | undefined;
  #released = false;
  /** When the name and the attributes changed that were told last. */
  #dated = 0;

  constructor(object: SyncObject, told: number, write: Write) {
    this.object = object;
    this.told = told;
    this.#write = write;
  }

  get isReleased(): boolean {
    return this.#released;
  }

  get reached(): number {
    return this.told;
  }

  tell(user: UserResource, time: number): void {
    if (!this.#released) {
      this.#held = user;
      return;
    }
    // Who is online is read apart from the rest, which may be older than what was told already.
    const isCurrent = user.dateUpdated >= this.#dated;
    if (isCurrent) this.#dated = user.dateUpdated;
    const items = infoItems(user).filter(({ key }) => isCurrent || key === ('reachability' satisfies InfoKey));
    const notes = items.map(({ key, data }): Note => {
      this.told += 1;
      return { object: this.object, id: this.told, key, change: 'updated', time, data };
    });
    for (const frame of framesOf(notes)) this.#write(frame);
  }

  /** @param user as he was read after the subscription began */
  release(user: UserResource, time: number): void {
    this.#released = true;
    this.tell(user, time);
    if (this.#held) this.tell(this.#held, time);
    this.#held = undefined;
  }
}
