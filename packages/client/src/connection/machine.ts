/**
 * The connection's state machine: which state follows which, and why. Nothing else decides that; what is done in a
 * state is in `connection.ts`. The page docs/reference/realtime.md has the same table in words.
 *
 * - `idle`: not started.
 * - `connecting`: a socket is being opened, or is open and its `connect` request not answered yet.
 * - `connected`: requests are answered and events arrive.
 * - `waiting`: no socket; the next attempt is a timer away.
 * - `denied`: the token was refused or has ended; only a new token leads out.
 * - `failed`: the server said not to come back. Final.
 * - `closed`: shut down by the program. Final.
 */
export type ConnectionPhase = 'idle' | 'connecting' | 'connected' | 'waiting' | 'denied' | 'failed' | 'closed';

/** Why the connection changed its state. The numbers are part of the contract and never change their meaning. */
export const reasons = {
  /** The client was constructed. */
  start: 1,
  /** The server answered `connect`. */
  accepted: 2,
  /** The socket could not be opened, or closed before `connect` was answered. */
  unreachable: 3,
  /** `connect` was not answered in time. */
  timeout: 4,
  /** The socket closed without the server saying why: the network, or a process that died. */
  dropped: 5,
  /** Nothing was heard for too long: a dead network, or a machine that slept. */
  silent: 6,
  /** The server closed the socket, or turned `connect` down, and wants the client to come back later. */
  sentAway: 7,
  /** The time to try again has come. */
  retry: 8,
  /** The network came back, or the page was looked at again. */
  woken: 9,
  /** The server refused the token. */
  tokenRefused: 10,
  /** The token has ended. */
  tokenExpired: 11,
  /** The program gave a new token. */
  tokenRenewed: 12,
  /** The server does not want this client at all: it would be the same next time. */
  fatal: 13,
  /** The program called `shutdown`. */
  shutdown: 14,
  /** The token has ended or was refused, and the function that gives tokens is asked for another one. */
  tokenAwaited: 15,
  /** That function failed. */
  tokenMissing: 16,
} as const;

export type ConnectionReason = (typeof reasons)[keyof typeof reasons];

const { accepted, unreachable, timeout, dropped, silent, sentAway, tokenRefused, tokenExpired, fatal, shutdown } =
  reasons;
const { tokenAwaited, tokenMissing } = reasons;

/** From each state, the reasons that count in it and the state that each leads to. */
export const transitions: Readonly<Record<ConnectionPhase, Partial<Record<ConnectionReason, ConnectionPhase>>>> = {
  idle: { [reasons.start]: 'connecting', [shutdown]: 'closed' },
  connecting: {
    [accepted]: 'connected',
    [unreachable]: 'waiting',
    [timeout]: 'waiting',
    [sentAway]: 'waiting',
    [tokenAwaited]: 'waiting',
    [tokenMissing]: 'waiting',
    [tokenRefused]: 'denied',
    [tokenExpired]: 'denied',
    [fatal]: 'failed',
    [shutdown]: 'closed',
  },
  connected: {
    [dropped]: 'waiting',
    [silent]: 'waiting',
    [sentAway]: 'waiting',
    [tokenAwaited]: 'waiting',
    [tokenRefused]: 'denied',
    [tokenExpired]: 'denied',
    [fatal]: 'failed',
    [shutdown]: 'closed',
  },
  waiting: { [reasons.retry]: 'connecting', [reasons.woken]: 'connecting', [shutdown]: 'closed' },
  denied: { [reasons.tokenRenewed]: 'connecting', [shutdown]: 'closed' },
  failed: { [shutdown]: 'closed' },
  closed: {},
};
