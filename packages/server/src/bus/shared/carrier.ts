/** What carries news between nodes, as well as it can: it may lose, double, delay and reorder. */
export interface Carrier {
  /** Does it reach others now? */
  readonly isConnected: boolean;
  /** What one message may have, in bytes. */
  readonly maxBytes: number;
  /**
   * To the other nodes that listen to the topic; this one does not hear it.
   *
   * @param isOnce nobody is to hear it twice, should somebody else say it again
   */
  send(topic: string, message: Uint8Array, isOnce?: boolean): void;
  /** Resolves when it is listened to them, or when that cannot be now and is made up for once it can. */
  listen(topics: readonly string[]): Promise<void>;
  unlisten(topics: readonly string[]): void;
  /** Begins to connect, and goes on trying. */
  start(receiver: Receiver): void;
  close(): Promise<void>;
}

export interface Receiver {
  /**
   * @param isRepeated to be asked once of a message that nobody is to hear twice: has somebody said it again? Left out where
   *   nobody can
   */
  receive(topic: string, message: Uint8Array, isRepeated?: () => boolean): void;
  /** It reaches others again, and listens: what was sent before may have been lost. */
  connected(): void;
}
