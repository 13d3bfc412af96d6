/**
 * Which streams moved lately, in the memory of this process. So what somebody missed who was away for a while is found
 * without a look at each of his ten thousand conversations, or at all that happened in the log meanwhile.
 */
import type { Moves } from '../bus/bus.ts';
import type { LoggedEvent } from '../storage/driver.ts';

/**
 * Streams that are remembered and forgotten together, and how many such pieces there are: fifty thousand streams at most, with
 * their SIDs some 6 MB. Busy conversations take no more room than quiet ones, so it reaches back a minute or a month.
 */
const pieceSize = 1024;
const pieceCount = 48;
/** Events that may be looked up in the log because nothing was told of them yet. Servers on PostgreSQL are told once a second. */
const untoldAtMost = 5000;

/** Reads which events there are after one, whatever is still to come between them; at most so many. */
export type ReadBeyond = (after: number, limit: number) => Promise<Pick<LoggedEvent, 'id' | 'stream'>[]>;

interface Piece {
  /** The newest event in it. */
  newest: number;
  /** The newest event of each stream, as far as this piece knows. */
  streams: Map<string, number>;
}

export class RecentMoves {
  readonly #readBeyond: ReadBeyond;
  readonly #pieceSize: number;
  readonly #pieceCount: number;
  #pieces: Piece[] = [];
  /** It knows of every event after the one and up to the other; undefined until it was told of any. */
  #known: { after: number; upTo: number } | undefined;

  constructor(readBeyond: ReadBeyond, size = { streams: pieceSize, pieces: pieceCount }) {
    this.#readBeyond = readBeyond;
    this.#pieceSize = size.streams;
    this.#pieceCount = size.pieces;
  }

  /** All events up to this one are there, or will never be, and it knows of them. */
  get upTo(): number | undefined {
    return this.#known?.upTo;
  }

  /** Takes a commit of a process that is alone with its database, where events are numbered without gaps. */
  takeCommit(events: readonly LoggedEvent[]): void {
    const [first, last] = [events[0], events.at(-1)];
    if (!first || !last) return;
    this.#reach(first.id - 1, last.id);
    for (const { stream, id } of events) this.#note(stream, id);
  }

  /** Takes a part of the log, as a server finds it that is one of several. */
  take({ after, upTo, streams }: Moves): void {
    this.#reach(after, upTo);
    for (const [stream, { id }] of streams) this.#note(stream, id);
  }

  /**
   * The streams of all events after one, up to what is committed now, whoever has committed it. Some may be there twice.
   *
   * @returns undefined when it cannot tell: that event is longer ago than it remembers
   */
  async since(event: number): Promise<string[] | undefined> {
    const { upTo } = this;
    if (upTo === undefined) return undefined;
    const beyond = await this.#readBeyond(Math.max(event, upTo), untoldAtMost + 1);
    // Something may have been forgotten meanwhile, so nothing of this is done before.
    const { after } = this.#known ?? { after: Number.POSITIVE_INFINITY };
    if (event < after || beyond.length > untoldAtMost) return undefined;
    const moved = beyond.map(({ stream }) => stream);
    for (const { newest, streams } of this.#pieces) {
      if (newest <= event) continue;
      for (const [stream, last] of streams) if (last > event) moved.push(stream);
    }
    return moved;
  }

  #reach(after: number, upTo: number): void {
    const known = this.#known;
    if (known && after <= known.upTo) known.upTo = Math.max(known.upTo, upTo);
    else {
      // Between what it knew and this it was told of nothing, as where a commit came about and its answer did not.
      this.#pieces = [];
      this.#known = { after, upTo };
    }
  }

  #note(stream: string, id: number): void {
    let piece = this.#pieces.at(-1);
    const known = piece?.streams.get(stream);
    if (!piece || (known === undefined && piece.streams.size >= this.#pieceSize)) {
      piece = { newest: 0, streams: new Map() };
      this.#pieces.push(piece);
      if (this.#pieces.length > this.#pieceCount) this.#forget();
    }
    if (known === undefined || known < id) piece.streams.set(stream, id);
    if (piece.newest < id) piece.newest = id;
  }

  #forget(): void {
    const forgotten = this.#pieces.shift();
    if (forgotten && this.#known) this.#known.after = Math.max(this.#known.after, forgotten.newest);
  }
}
