import type { UserResource } from '@colloquy/protocol';
import type { LoggedEvent } from '../storage/driver.ts';

/** What one commit brought. */
export interface Commit {
  /** In order; frames of one commit go out together. */
  events: readonly LoggedEvent[];
  /** What has to look again: kinds of outbox work that were added, and other names. See `isWoken`. */
  woken: readonly string[];
}

/** Wakes everybody: news of another node may have been lost. */
export const everything = '*';

/** Does somebody have to look who waits for that name? */
export function isWoken(woken: readonly string[], name: string): boolean {
  return woken.includes(name) || woken.includes(everything);
}

/** What is told to whoever listens now, and never goes into the log. */
export type Signal = TypingSignal | UserSignal;

export interface TypingSignal {
  type: 'typing';
  conversation: string;
  participant: string;
  /** Who types, and is not told of it. */
  user: string;
  identity: string;
}

/** A user came, went, or can be notified now or no more. */
export interface UserSignal {
  type: 'user';
  user: UserResource;
}

/** A part of the log, by the streams that have events in it. */
export interface Moves {
  /** Id of the event after which it begins. */
  after: number;
  /** Id of the one that it ends with: of those up to there, none is still to come. */
  upTo: number;
  /** The newest event of each; it may be one that came after the end. */
  streams: ReadonlyMap<string, { id: number }>;
}

/**
 * Tells every node what was committed. It only wakes and carries: whoever misses something sees a gap in a
 * stream's positions and reads the log.
 */
export interface Bus {
  publish(commit: Commit): void;
  /** Commits of one stream arrive in order, each once. @returns a function that ends the subscription */
  subscribe(listener: (commit: Commit) => void): () => void;
  /** May be lost. */
  signal(signal: Signal): void;
  onSignal(listener: (signal: Signal) => void): () => void;
  /** Of a bus between nodes: events and signals come of the streams alone that are asked for here. */
  readonly feeds?: Feeds;
  /**
   * Of a bus between nodes: tells which streams moved, whoever listens to them and whichever node moved them. Each part of
   * the log begins where the one before ended.
   */
  onMoves?(listener: (moves: Moves) => void): () => void;
}

/**
 * The streams that somebody at this node listens to. Their events reach the bus's subscribers in order, each once and
 * none left out, from where the stream stands when it is followed on.
 */
export interface Feeds {
  /**
   * Follows streams for one more listener each.
   *
   * @param from where those begin that were not followed so far: the next event that comes is the one after it
   */
  listen(streams: readonly string[], from?: number): void;
  /** One listener less each. */
  unlisten(streams: readonly string[]): void;
  /**
   * Resolves when all of them are followed: of what is read from the database from then on, nothing later is missed.
   * Undefined when they are. Rejects when the database cannot tell where a stream stands.
   */
  ready(streams: readonly string[]): Promise<void> | undefined;
  /** Up to where the subscribers were told of a stream; undefined while it is not followed. */
  positionOf(stream: string): number | undefined;
  /** Reads on in the log, to that position at least. */
  catchUp(stream: string, position: number): Promise<void>;
  /** Tells of streams of users who are no more: their last events may be swept up before this node has read them. */
  onEnded(listener: (stream: string) => void): () => void;
  /** A piece of a stream's events after a position, from the log; none when that was all. */
  read(stream: string, after: number): Promise<LoggedEvent[]>;
}
