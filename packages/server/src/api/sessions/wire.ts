import type { CloseCode } from '@colloquy/protocol';

/** What carries the frames of one session: a WebSocket, or requests where none gets through. */
export interface Wire {
  /** False from the moment that it is being closed, by either side. */
  readonly isOpen: boolean;
  /** How much was written that has not left for the client; bytes. More than anybody may have where there is no room. */
  readonly unsent: number;
  /** What has arrived of a frame that is not whole yet; bytes, about. */
  readonly begun: number;
  /** Is it requests, where a WebSocket does not get through? */
  readonly isPolling: boolean;
  /** Connections of this kind that one user may have at a time. */
  readonly mostOfUser: number;
  /** WebSocket frames as a server sends them, joined. */
  write(frames: Buffer): void;
  /** What is written from now on may wait for `uncork`, to leave at once. */
  cork(): void;
  uncork(): void;
  /** Asks the client for a sign of life, where it would not give one by itself. */
  ping(): void;
  /** Takes no further frames from the client until `resume`. */
  pause(): void;
  resume(): void;
  /** Tells the client why, and that was all. */
  close(code: CloseCode, why: string): void;
  /** Ends without a word. */
  terminate(): void;
}
