import type { ConnectParams, ConnectResult, RpcFailure, RpcNotification, RpcSuccess } from '@colloquy/protocol';
import { ColloquyError, fromRpc, isTemporary } from '../errors.ts';
import type { Timers } from '../timers.ts';
import { version } from '../version.ts';
import { backoff } from './backoff.ts';
import { type ConnectionPhase, type ConnectionReason, transitions } from './machine.ts';
import * as reasons from './reasons.ts';
import { frameOf, Requests } from './requests.ts';
import { type TokenProvider, TokenSource } from './token-source.ts';
import { onWake } from './wake.ts';
import type { Way } from './ways.ts';
import type { WebSocketLike } from './web-socket.ts';
import { closeReasons } from './wire.ts';

/** From the open socket to the answer to `connect`; milliseconds. */
const connectWithin = 15_000;
/** Until the socket is open, where there is another way to try: some proxies swallow what they do not know. */
const openWithin = 5000;
/** After a connection that lasted so long by another way, the first one is tried again. */
const firstWayAfter = 60_000;
/** How soon an answer must come where there is a reason to doubt that the socket lives. */
const probeWithin = 5000;
/** A connection that lasted this long was a good one: its end is worth an attempt at once. */
const settledAfter = 5000;

const lost = 'The connection was lost.';
const silent = 'The server does not answer.';

/** For whom a connection is kept. */
export interface ConnectionHost {
  /** The state changed; the error says why, unless it changed for the better. */
  phaseChanged(phase: ConnectionPhase, reason: ConnectionReason, error?: ColloquyError): void;
  /** What to resume from; undefined the first time. */
  resumption(): ConnectParams['resume'];
  /** @throws ColloquyError when this connection must not be used, nor any other */
  welcomed(result: ConnectResult): void;
  notified(method: string, params: unknown): void;
}

/** Keeps one socket to the server, or tries to, from `start` to `shutdown`. */
export class Connection {
  phase: ConnectionPhase = 'unknown';
  readonly openCalls: Requests;
  readonly #ways: readonly Way[];
  #host!: ConnectionHost;
  readonly #timers: Timers;
  readonly #gone = new AbortController();
  readonly #tokens: TokenSource;
  #socket: WebSocketLike | undefined;
  /** Which of the ways the next attempt takes. */
  #way = 0;
  /** The one timer of the present state: for the answer to `connect`, the heartbeat, or the next attempt. */
  #timer: unknown;
  /** For the next renewal of the token, while connected. */
  #renewal: unknown;
  #failures = 0;
  /** The first way has led to a connection once: failures are hardly its fault. */
  #firstWorks = false;
  #connectedAt = 0;
  #heardAt = 0;
  #heartbeat = 0;
  /** Tells who gave a new token after the last one was refused what became of it; more than once, if need be. */
  #answerRenewal = (_error?: ColloquyError) => {};

  /** @param ways at least one, the preferred one first */
  constructor(ways: readonly Way[], token: string | TokenProvider, timers: Timers) {
    this.#ways = ways;
    this.#timers = timers;
    this.openCalls = new Requests(timers);
    this.#tokens = new TokenSource(token);
    onWake(() => this.#onWake(), this.#gone.signal);
  }

  /** The present one; empty while the program is asked for it. */
  get token(): string {
    return this.#tokens.token;
  }

  start(host: ConnectionHost): void {
    this.#host = host;
    this.#go(reasons.start);
  }

  /** Takes effect at once, or with the next connection. @throws ColloquyError when the server refuses the token */
  async updateToken(token: string): Promise<void> {
    const tokens = this.#tokens;
    const before = tokens.token;
    tokens.token = token;
    if (this.phase === 'denied') {
      return new Promise((resolve, reject) => {
        this.#answerRenewal = (error) => (error ? reject(error) : resolve());
        this.#go(reasons.tokenRenewed);
      });
    }
    try {
      // Without a connection this does nothing, but for a client that is closed it fails.
      await this.openCalls.send('token.update', { token }, {}, true);
      if (this.#isConnected()) tokens.taken(token);
    } catch (error) {
      if (tokens.token === token) tokens.token = before;
      throw error;
    }
  }

  shutdown(): void {
    this.#fail(reasons.shutdown, 'The client was shut down.', 1000);
  }

  /** Leaves the socket and resumes on a new one: the way to a fresh look at everything. */
  restart(): void {
    this.#fail(reasons.dropped, lost);
  }

  #go(reason: ConnectionReason, error?: ColloquyError): void {
    const before = this.phase;
    const phase = transitions[before][reason];
    if (!phase) return;
    if (this.#socket && (reason === reasons.unreachable || reason === reasons.timeout)) {
      this.#way = this.#firstWorks ? Number(this.#failures % 4 === 3) : this.#way + 1;
    }
    this.phase = phase;
    this.#timers.clear(this.#timer);
    this.#timers.clear(this.#renewal);
    if (phase !== 'connected') this.#leaveSocket();
    if (phase === 'connecting') this.#attempt();
    if (phase === 'disconnected') this.#set(this.#delay(before, reason), () => this.#go(reasons.retry));
    this.#host.phaseChanged(phase, reason, error);
    if (!error || phase === 'disconnected') return;
    this.#answerRenewal(error);
    // Only what was asked after a first connection can wait for another token.
    if (phase !== 'denied' || !this.#heartbeat) this.openCalls.end(error);
    if (phase !== 'denied') this.#gone.abort();
  }

  #fail(reason: ConnectionReason, message = silent, code = 1006): void {
    this.#go(reason, new ColloquyError(code, message));
  }

  /** How long to wait before the next attempt. */
  #delay(before: ConnectionPhase, reason: ConnectionReason): number {
    const time = before === 'connected' ? this.#timers.now() - this.#connectedAt : 0;
    const lasted = time >= settledAfter;
    if (lasted) this.#failures = 0;
    if (time >= firstWayAfter) this.#way = 0;
    return lasted && reason !== reasons.sentAway ? 0 : backoff(this.#failures++);
  }

  /** How long what is waited for may take; by default what the attempt waits for. */
  #limit(ms: number, reason: ConnectionReason = reasons.timeout): void {
    this.#set(ms, () => this.#fail(reason));
  }

  #attempt(): void {
    this.openCalls.endedBy = undefined;
    this.#limit(connectWithin);
    if (this.token || !this.#tokens.renews) return this.#open();
    // This attempt, or a later one, which waits for the same token.
    const isWaiting = () => this.phase === 'connecting' && !this.#socket;
    this.#tokens.ask().then(
      (token) => {
        // It is good for the next attempt, too, where this one was given up meanwhile.
        this.#tokens.token ||= token;
        if (isWaiting()) this.#open();
      },
      (error: ColloquyError) => isWaiting() && this.#go(reasons.tokenMissing, error),
    );
  }

  #open(): void {
    const ways = this.#ways;
    let socket: WebSocketLike;
    try {
      socket = (ways[this.#way % ways.length] as Way)();
    } catch (error) {
      // A bad address, or a page that may not open it: no later attempt would fare better.
      return this.#set(0, () => this.#fail(reasons.fatal, `${error}`));
    }
    this.#socket = socket;
    if (ways[1]) this.#limit(openWithin);
    socket.onopen = () => {
      this.#limit(connectWithin);
      this.#tokens.offered = this.token;
      const params = { token: this.token, client: `@colloquy/client ${version}`, resume: this.#host.resumption() };
      this.#send(frameOf(0, 'connect', params));
    };
    socket.onmessage = ({ data }: { data: string }) => {
      try {
        this.#onMessage(JSON.parse(data));
      } catch (error) {
        // Not what the server sends: somebody in between, or a mistake. A new connection shows.
        this.#onClose(1007, `${error}`);
      }
    };
    socket.onclose = ({ code, reason }: { code: number; reason: string }) => this.#onClose(code, reason);
    socket.onerror = () => {};
  }

  /** The answer to `connect`. */
  #onAnswer(answer: RpcSuccess | RpcFailure): void {
    if ('error' in answer) {
      const error = fromRpc(answer.error);
      return this.#onEnd(reasonOf(error), error);
    }
    const result = answer.result as ConnectResult;
    this.#firstWorks ||= this.#way % this.#ways.length === 0;
    const { offered } = this.#tokens;
    this.#connectedAt = this.#timers.now();
    this.#tokens.taken(offered);
    this.#go(reasons.accepted);
    if (!this.#isConnected()) return;
    this.#heartbeat = result.heartbeat;
    this.#onSign();
    try {
      this.#host.welcomed(result);
    } catch (error) {
      return this.#go(reasons.fatal, error as ColloquyError);
    }
    this.#answerRenewal();
    // Only now: what the program did while it was away must not overtake what it missed.
    if (this.#isConnected()) this.openCalls.sendOn((frame) => this.#send(frame));
    // A new one came while this one was under way; if it is refused, the program hears of it when this one ends.
    if (this.token !== offered) this.updateToken(this.token).catch(() => {});
  }

  #isConnected(): boolean {
    return this.phase === 'connected';
  }

  #onClose(code: number, reason: string): void {
    const error = new ColloquyError(code, reason || lost);
    this.#onEnd(closeReasons[code] ?? (this.#isConnected() ? reasons.dropped : reasons.unreachable), error);
  }

  #onEnd(reason: ConnectionReason, error: ColloquyError): void {
    const hasEnded = reason === reasons.tokenExpired;
    const goesOn = (hasEnded || reason === reasons.tokenRefused) && this.#tokens.spent(hasEnded);
    this.#go(goesOn ? reasons.tokenAwaited : reason, error);
  }

  /** Before the token ends: the connection stays. */
  async #renew(): Promise<void> {
    const { token } = this;
    try {
      await this.updateToken(await this.#tokens.ask());
      this.#failures = 0;
    } catch {
      if (!this.#isConnected() || this.token !== token) return;
      this.#timers.clear(this.#renewal);
      this.#renewal = this.#timers.set(() => void this.#renew(), backoff(this.#failures++));
    }
  }

  #onMessage(frame: RpcSuccess | RpcFailure | RpcNotification): void {
    const isConnected = this.#isConnected();
    if (isConnected) this.#onSign();
    if ('method' in frame) {
      if (!isConnected) return;
      if (frame.method === 'token.aboutToExpire' && this.#tokens.renews) void this.#renew();
      this.#host.notified(frame.method, frame.params);
    } else if (isConnected) {
      this.openCalls.onAnswer(frame);
    } else if (frame.id === 0) {
      this.#onAnswer(frame);
    }
  }

  /** A sign of life. Asks for another one after one heartbeat without, and gives up after a second one. */
  #onSign(): void {
    this.#heardAt = this.#timers.now();
    this.#set(this.#heartbeat, () => {
      // Long after the time that was set: the machine slept, and the server has given up on this socket.
      if (this.#timers.now() - this.#heardAt >= 2 * this.#heartbeat) this.#fail(reasons.silent);
      else this.#probe(this.#heartbeat);
    });
  }

  #probe(within: number): void {
    this.#send(frameOf('ping', 'ping', {}));
    this.#limit(within, reasons.silent);
  }

  #onWake(): void {
    if (this.#isConnected()) this.#probe(Math.min(probeWithin, this.#heartbeat));
    else this.#go(reasons.woken);
  }

  /** On one that closes already it does nothing: its close event comes, and what was not answered is sent again. */
  #send(frame: string): void {
    this.#socket?.send(frame);
  }

  #set(ms: number, callback: () => void): void {
    this.#timers.clear(this.#timer);
    this.#timer = this.#timers.set(callback, ms);
  }

  #leaveSocket(): void {
    this.openCalls.holdBack();
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    // It may still speak. The handler of errors stays, since `ws` throws those that nobody listens to.
    socket.onopen = socket.onmessage = socket.onclose = null;
    // 1000 also where the network is gone: it only has to be closed on this side.
    socket.close(1000);
  }
}

/** Why the server did not answer `connect` with a connection. */
function reasonOf(error: ColloquyError): ConnectionReason {
  if (error.code === 20104) return reasons.tokenExpired;
  if (error.status === 401) return reasons.tokenRefused;
  return isTemporary(error) ? reasons.sentAway : reasons.fatal;
}
