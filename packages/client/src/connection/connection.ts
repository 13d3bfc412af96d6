import type {
  ConnectParams,
  ConnectResult,
  RealtimeNotifications,
  RpcError,
  RpcFailure,
  RpcNotification,
  RpcSuccess,
} from '@colloquy/protocol';
import { ColloquyError, fromRpc } from '../errors.ts';
import type { Timers } from '../timers.ts';
import { version } from '../version.ts';
import { backoff } from './backoff.ts';
import { type ConnectionPhase, type ConnectionReason, reasons, transitions } from './machine.ts';
import { Requests } from './requests.ts';
import { type TokenProvider, TokenSource } from './token-source.ts';
import { onWake } from './wake.ts';
import type { Way } from './ways.ts';
import type { WebSocketLike } from './web-socket.ts';
import { closeCodes } from './wire.ts';

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

export interface ConnectionOptions {
  /** At least one, the preferred one first. */
  ways: readonly Way[];
  token: string | TokenProvider;
  timers: Timers;
}

export interface ConnectionHandlers {
  /** The state changed; the error says why, unless it changed for the better. */
  changed(phase: ConnectionPhase, reason: ConnectionReason, error?: ColloquyError): void;
  /** What to resume from; undefined the first time. */
  resume(): ConnectParams['resume'];
  /** @throws ColloquyError when this connection must not be used, nor any other */
  connected(result: ConnectResult): void;
  notified(method: string, params: unknown): void;
}

/** Keeps one socket to the server, or tries to, from `start` to `shutdown`. */
export class Connection {
  phase: ConnectionPhase = 'idle';
  readonly requests = new Requests();
  readonly #options: ConnectionOptions;
  readonly #handlers: ConnectionHandlers;
  readonly #forgetWake: () => void;
  readonly #tokens: TokenSource;
  #socket: WebSocketLike | undefined;
  /** Which of the ways the next attempt takes. */
  #way = 0;
  /** Takes the answer to `connect`. */
  #awaited: ((answer: RpcSuccess | RpcFailure) => void) | undefined;
  /** The one timer of the present state: for the answer to `connect`, the heartbeat, or the next attempt. */
  #timer: unknown;
  /** For the next renewal of the token, while connected. */
  #renewal: unknown;
  #attempts = 0;
  #failures = 0;
  #connectedAt = 0;
  #heardAt = 0;
  #heartbeat = 0;
  #probing = false;
  /** Who waits for a new token to be taken or refused. */
  #renewals: { resolve(): void; reject(error: Error): void }[] = [];

  constructor(options: ConnectionOptions, handlers: ConnectionHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#tokens = new TokenSource(options.token);
    this.#forgetWake = onWake(() => this.#onWake());
  }

  /** The present one; empty while the program is asked for it. */
  get token(): string {
    return this.#tokens.token;
  }

  start(): void {
    this.#go(reasons.start);
  }

  /** Takes effect at once, or with the next connection. @throws ColloquyError when the server refuses the token */
  async updateToken(token: string): Promise<void> {
    const tokens = this.#tokens;
    const before = tokens.token;
    tokens.token = token;
    if (this.phase === 'denied') {
      const renewal = new Promise<void>((resolve, reject) => this.#renewals.push({ resolve, reject }));
      this.#go(reasons.tokenRenewed);
      return renewal;
    }
    try {
      // Without a connection this does nothing, but for a client that is closed it fails.
      await this.requests.send('token.update', { token }, {}, true);
      if (this.phase === 'connected') tokens.taken(token, this.#options.timers.now());
    } catch (error) {
      if (tokens.token === token) tokens.token = before;
      throw error;
    }
  }

  shutdown(): void {
    this.#go(reasons.shutdown, new ColloquyError(1000, 'The client was shut down.'));
  }

  /** Leaves the socket and resumes on a new one: the way to a fresh look at everything. */
  restart(): void {
    this.#go(reasons.dropped, new ColloquyError(1006, 'The connection starts anew.'));
  }

  #go(reason: ConnectionReason, error?: ColloquyError, connected?: ConnectResult): void {
    const before = this.phase;
    const phase = transitions[before][reason];
    if (!phase) return;
    if (this.#socket && (reason === reasons.unreachable || reason === reasons.timeout)) this.#way += 1;
    this.phase = phase;
    for (const timer of [this.#timer, this.#renewal]) this.#options.timers.clear(timer);
    if (phase !== 'connected') this.#leaveSocket();
    if (phase === 'connecting') this.#attempt();
    else if (phase === 'waiting') this.#set(this.#delay(before, reason), () => this.#go(reasons.retry));
    else if (phase === 'failed' || phase === 'closed') this.#forgetWake();
    this.#handlers.changed(phase, reason, error);
    if (connected) this.#begin(connected);
    if (!error || phase === 'waiting') return;
    if (phase !== 'denied') this.requests.end(error);
    for (const { reject } of this.#renewals.splice(0)) reject(error);
  }

  /** How long to wait before the next attempt. */
  #delay(before: ConnectionPhase, reason: ConnectionReason): number {
    const time = before === 'connected' ? this.#options.timers.now() - this.#connectedAt : 0;
    const lasted = time >= settledAfter;
    if (lasted) this.#failures = 0;
    if (time >= firstWayAfter) this.#way = 0;
    return lasted && reason !== reasons.sentAway ? 0 : backoff(this.#failures++);
  }

  /** How long what the attempt waits for may take. */
  #limit(ms: number): void {
    this.#set(ms, () => this.#go(reasons.timeout, new ColloquyError(1006, 'The server does not answer.')));
  }

  #attempt(): void {
    this.#limit(connectWithin);
    this.#attempts += 1;
    if (this.token || !this.#tokens.renews) return this.#open();
    const attempt = this.#attempts;
    const isOver = () => this.phase !== 'connecting' || attempt !== this.#attempts;
    this.#tokens.ask().then(
      (token) => {
        // It is good for the next attempt, too, where this one was given up meanwhile.
        this.#tokens.token ||= token;
        if (!isOver()) this.#open();
      },
      (error: ColloquyError) => isOver() || this.#go(reasons.tokenMissing, error),
    );
  }

  #open(): void {
    const { ways } = this.#options;
    let socket: WebSocketLike;
    try {
      socket = (ways[this.#way % ways.length] as Way)();
    } catch (error) {
      // A bad address, or a page that may not open it: no later attempt would fare better.
      return this.#set(0, () => this.#go(reasons.fatal, new ColloquyError(1006, String(error))));
    }
    this.#socket = socket;
    // A socket that was left may still speak; handlers stay, since `ws` throws errors that nobody listens to.
    const current = <E>(handle: (event: E) => void) => {
      return (event: E) => {
        if (socket === this.#socket) handle(event);
      };
    };
    if (ways[1]) this.#limit(openWithin);
    socket.onopen = current(() => {
      this.#limit(connectWithin);
      this.#sendConnect();
    });
    socket.onmessage = current((event: { data: unknown }) => this.#onFrame(event.data));
    socket.onclose = current((event: { code: number; reason: string }) => this.#onClose(event.code, event.reason));
    socket.onerror = () => {};
  }

  #sendConnect(): void {
    const params = { token: this.token, client: `@colloquy/client ${version}`, resume: this.#handlers.resume() };
    const connectedWith = this.token;
    this.#awaited = (answer) => {
      if ('error' in answer) return this.#onRefused(answer.error);
      this.#tokens.taken(connectedWith, this.#options.timers.now());
      this.#go(reasons.accepted, undefined, answer.result as ConnectResult);
      // A new one came while this one was under way; if it is refused, the program hears of it when this one ends.
      if (this.token !== connectedWith) this.updateToken(this.token).catch(() => {});
    };
    this.#send(JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'connect', params }));
  }

  #begin(result: ConnectResult): void {
    if (this.phase !== 'connected') return;
    this.#connectedAt = this.#heardAt = this.#options.timers.now();
    this.#heartbeat = result.heartbeat;
    this.#probing = false;
    this.#set(result.heartbeat, () => this.#onSilence());
    try {
      this.#handlers.connected(result);
    } catch (error) {
      return this.#go(reasons.fatal, error as ColloquyError);
    }
    for (const { resolve } of this.#renewals.splice(0)) resolve();
    // Only now: what the program did while it was away must not overtake what it missed.
    if (this.phase === 'connected') this.requests.open((frame) => this.#send(frame));
  }

  #onRefused(error: RpcError): void {
    const status = error.data?.status ?? 400;
    const kind =
      error.code === 20104
        ? reasons.tokenExpired
        : status === 401
          ? reasons.tokenRefused
          : status === 429 || status >= 500
            ? reasons.sentAway
            : reasons.fatal;
    this.#refused(kind, fromRpc(error));
  }

  #refused(reason: ConnectionReason, error: ColloquyError): void {
    const isToken = reason === reasons.tokenExpired || reason === reasons.tokenRefused;
    const goesOn = isToken && this.#tokens.spent(reason === reasons.tokenExpired);
    this.#go(goesOn ? reasons.tokenAwaited : reason, error);
  }

  /** Before the token ends: the connection stays. */
  async #renew(): Promise<void> {
    const { token } = this;
    try {
      await this.updateToken(await this.#tokens.ask());
      this.#failures = 0;
    } catch {
      if (this.phase === 'connected' && this.token === token) this.#renewIn(backoff(this.#failures++));
    }
  }

  #renewIn(ms: number): void {
    this.#options.timers.clear(this.#renewal);
    this.#renewal = this.#options.timers.set(() => void this.#renew(), ms);
  }

  #onClose(code: number, reason: string): void {
    const then = closeCodes[code];
    const error = new ColloquyError(code, reason || 'The connection was lost.');
    if (then === 'fatal') this.#go(reasons.fatal, error);
    else if (then === 'token') this.#refused(code === 4402 ? reasons.tokenExpired : reasons.tokenRefused, error);
    else if (then === 'resume') this.#go(reasons.sentAway, error);
    else this.#go(this.phase === 'connected' ? reasons.dropped : reasons.unreachable, error);
  }

  #onFrame(data: unknown): void {
    this.#heardAt = this.#options.timers.now();
    this.#probing = false;
    let frame: RpcSuccess | RpcFailure | RpcNotification;
    try {
      frame = JSON.parse(data as string);
    } catch {
      return this.#onClose(1007, 'The server sent something that is not JSON.');
    }
    if ('method' in frame) {
      if (this.phase === 'connected') this.#notified(frame.method, frame.params);
    } else if (this.phase === 'connecting') {
      if (frame.id === 0) this.#awaited?.(frame);
    } else {
      this.requests.answer(frame);
    }
  }

  #notified(method: string, params: unknown): void {
    if (method === 'token.aboutToExpire' && this.#tokens.renews) {
      const { tokenExpires } = params as RealtimeNotifications['token.aboutToExpire'];
      this.#renewIn(this.#tokens.respite(tokenExpires, this.#options.timers.now()));
    }
    this.#handlers.notified(method, params);
  }

  /** Asks for a sign of life after one heartbeat without any frame, and gives up after a second one. */
  #onSilence(): void {
    const silence = this.#options.timers.now() - this.#heardAt;
    if (silence < this.#heartbeat && !this.#probing) {
      this.#set(this.#heartbeat - silence, () => this.#onSilence());
    } else if (this.#probing || silence >= 2 * this.#heartbeat) {
      // Long after the time that was set: the machine slept, and the server has given up on this socket.
      this.#go(reasons.silent, new ColloquyError(1006, 'Nothing was heard from the server.'));
    } else {
      this.#probe(this.#heartbeat);
    }
  }

  #probe(within: number): void {
    this.#probing = true;
    this.#send('{"jsonrpc":"2.0","id":"ping","method":"ping","params":{}}');
    this.#set(within, () => this.#onSilence());
  }

  #onWake(): void {
    if (this.phase === 'connected') this.#probe(Math.min(probeWithin, this.#heartbeat));
    else this.#go(reasons.woken);
  }

  #send(frame: string): void {
    try {
      this.#socket?.send(frame);
    } catch {
      // Closing already: its close event comes, and what was not answered is sent again.
    }
  }

  #set(ms: number, callback: () => void): void {
    this.#options.timers.clear(this.#timer);
    this.#timer = this.#options.timers.set(callback, ms);
  }

  #leaveSocket(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#awaited = undefined;
    this.requests.pause();
    // 1000 also where the network is gone: it only has to be closed on this side.
    socket?.close(1000);
  }
}
