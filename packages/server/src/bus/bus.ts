import type { UserResource } from '@colloquy/protocol';
import type { LoggedEvent } from '../storage/driver.ts';

/** What one commit brought. */
export interface Commit {
  /** In order; frames of one commit go out together. */
  events: readonly LoggedEvent[];
  /** Kinds of outbox work that were added. */
  woken: readonly string[];
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

/**
 * Tells every node what was committed. It only wakes and carries: whoever misses something sees a gap in a
 * stream's positions and reads the log.
 */
export interface Bus {
  publish(commit: Commit): void;
  /** Commits of one stream arrive in order. @returns a function that ends the subscription */
  subscribe(listener: (commit: Commit) => void): () => void;
  /** May be lost. */
  signal(signal: Signal): void;
  onSignal(listener: (signal: Signal) => void): () => void;
}
