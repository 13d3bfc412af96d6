import * as is from './reasons.ts';

/**
 * The connection's state machine: which state follows which, and why. Nothing else decides that; what is done in a
 * state is in `connection.ts`. The page docs/reference/realtime.md has the same table in words.
 *
 * - `unknown`: not started.
 * - `connecting`: a socket is being opened, or is open and its `connect` request not answered yet.
 * - `connected`: requests are answered and events arrive.
 * - `disconnected`: no socket; the next attempt is a timer away.
 * - `denied`: the token was refused or has ended; only a new token leads out.
 * - `error`: the server said not to come back. Final.
 * - `closed`: shut down by the program. Final.
 */
export type ConnectionPhase = 'unknown' | 'connecting' | 'connected' | 'disconnected' | 'denied' | 'error' | 'closed';

/** Why the connection changed its state. The numbers are part of the contract and never change their meaning. */
export const reasons = {
  /** The client was constructed. */
  start: is.start,
  /** The server answered `connect`. */
  accepted: is.accepted,
  /** The socket could not be opened, or closed before `connect` was answered. */
  unreachable: is.unreachable,
  /** `connect` was not answered in time. */
  timeout: is.timeout,
  /** The socket closed without the server saying why: the network, or a process that died. */
  dropped: is.dropped,
  /** Nothing was heard for too long: a dead network, or a machine that slept. */
  silent: is.silent,
  /** The server closed the socket, or turned `connect` down, and wants the client to come back later. */
  sentAway: is.sentAway,
  /** The time to try again has come. */
  retry: is.retry,
  /** The network came back, or the page was looked at again. */
  woken: is.woken,
  /** The server refused the token. */
  tokenRefused: is.tokenRefused,
  /** The token has ended. */
  tokenExpired: is.tokenExpired,
  /** The program gave a new token. */
  tokenRenewed: is.tokenRenewed,
  /** The server does not want this client at all: it would be the same next time. */
  fatal: is.fatal,
  /** The program called `shutdown`. */
  shutdown: is.shutdown,
  /** The token has ended or was refused, and the function that gives tokens is asked for another one. */
  tokenAwaited: is.tokenAwaited,
  /** That function failed. */
  tokenMissing: is.tokenMissing,
} as const;

/** A number of `connectionReasons`. */
export type ConnectionReason = (typeof reasons)[keyof typeof reasons];

type Steps = Partial<Record<ConnectionReason, ConnectionPhase>>;

const shut: Steps = { [is.shutdown]: 'closed' };
/** Of a socket that there is. */
const ends: Steps = {
  ...shut,
  [is.sentAway]: 'disconnected',
  [is.tokenAwaited]: 'disconnected',
  [is.tokenRefused]: 'denied',
  [is.tokenExpired]: 'denied',
  [is.fatal]: 'error',
};

/** @internal From each state, the reasons that count in it and the state that each leads to. */
export const transitions: Readonly<Record<ConnectionPhase, Steps>> = {
  unknown: { ...shut, [is.start]: 'connecting' },
  connecting: {
    ...ends,
    [is.accepted]: 'connected',
    [is.unreachable]: 'disconnected',
    [is.timeout]: 'disconnected',
    [is.tokenMissing]: 'disconnected',
  },
  connected: { ...ends, [is.dropped]: 'disconnected', [is.silent]: 'disconnected' },
  disconnected: { ...shut, [is.retry]: 'connecting', [is.woken]: 'connecting' },
  denied: { ...shut, [is.tokenRenewed]: 'connecting' },
  error: shut,
  closed: {},
};
