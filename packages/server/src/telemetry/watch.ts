import type { Witness } from '../core/witness.ts';

/** The APIs that keep a connection open; polling is the realtime API over requests. */
export type SessionApi = 'realtime' | 'polling' | 'twilsock';

/** What is tried to reach somebody outside. */
export interface Attempt {
  kind: 'channel' | 'webhook' | 'pre-webhook' | 'push';
  /** The type of channel, or the push service; what it is about where there is only one. */
  to: string;
}

/**
 * What parts of the server tell of their work: figures, traces and what log lines say about where they come from are
 * made of it. Parts that are put together without one tell nobody.
 */
export interface Watch extends Witness {
  /**
   * Has a request answered that came over a session.
   *
   * @param of `method` is one of those that exist, or `unknown`
   * @param run resolves with the code of the error that was answered, 0 for none
   */
  request(of: { api: SessionApi; session: string; method: string }, run: () => Promise<number>): Promise<unknown>;
  /** A request over a session was answered with an error before it was looked at what it asks for. */
  turnedAway(api: SessionApi, code: number): void;
  /** Has a piece of the outbox's work done. @param work `trace` is the `traceparent` of what it came from */
  work<T>(work: { kind: string; id: string; attempt: number; trace: string | null }, run: () => Promise<T>): Promise<T>;
  /** Makes an attempt. @param outcomeOf one of a few words */
  attempt<T>(attempt: Attempt, run: () => Promise<T>, outcomeOf: (result: T) => string): Promise<T>;
  /** What a request to somebody outside has to carry, within an attempt, so that traces go on there. */
  headers(): Record<string, string>;
  /** A client came back: it got what it missed, or that of some streams or all was too much and is read anew. */
  resumed(outcome: 'caught_up' | 'partly' | 'anew'): void;
  /** What was to be told to a webhook came to its end. */
  webhookEnded(outcome: 'delivered' | 'dead' | 'dropped'): void;
  /** A client read too slowly, and was sent away to come back. */
  fellBehind(api: SessionApi): void;
}
