import { setTimeout } from 'node:timers/promises';
import type { CloseCode, Sid } from '@colloquy/protocol';
import type { Logger } from 'pino';
import type { Bus } from '../../bus/bus.ts';
import type { Core } from '../../core/core.ts';
import type { RateLimits } from '../../core/rates/rate-limits.ts';
import type { NodeLife } from '../../delivery/node-life.ts';
import type { Hub } from '../../delivery/realtime/hub.ts';
import { Presence } from '../../delivery/realtime/presence.ts';
import type { Subscriber } from '../../delivery/realtime/subscriber.ts';
import type { SessionApi } from '../../telemetry/watch.ts';
import { ConnectionRates } from './connection-rates.ts';
import { tooHeavy } from './weights.ts';

/** How often the server asks for a sign of life; milliseconds. */
export const heartbeat = 25_000;
/** How long before its end a client is warned of it that its token expires; milliseconds. */
export const aboutToExpire = 3 * 60 * 1000;
/** A connection that has not said by then who it is, is closed. */
const connectWithin = 10_000;
const sweepEvery = 1000;
const connectionLimit = 50_000;
/** How long what clients have asked for may still take when the server stops; milliseconds. */
const answerWithin = 1000;
/** How long clients may take after that to hear the farewell; milliseconds. */
const farewell = 2000;
const lookEvery = 20;

/** One client's connection, as those see it who look after all of them. */
export interface HeldSession extends Subscriber {
  readonly id: string;
  readonly api: SessionApi;
  /** Is it known who it is? */
  readonly connected: boolean;
  /** Connections of its API that one user may have at a time. */
  readonly mostOfUser: number;
  /** Milliseconds. */
  readonly opened: number;
  /** When the client gave its last sign of life; milliseconds. */
  readonly lastHeard: number;
  /** What is kept for this client alone: of its requests that are not done, and of answers that it has not read; bytes. */
  readonly memory: number;
  /** SIDs of the other users whose changes it wants to know of. */
  readonly watched: Iterable<string>;
  /** Looks at the token's time; called about once a second. */
  checkToken(now: number): void;
  /** Asks the client for a sign of life. */
  ping(): void;
  /**
   * Takes nothing more that the client asks for, answers what was begun, and closes then with 1001: who asked for a
   * change that was made learns that it was. What was not begun he asks for elsewhere.
   */
  finish(): void;
  /** Tells the client why, and that was all. */
  close(code: CloseCode): void;
  /** Ends without a word. */
  terminate(): void;
}

export interface SessionsOptions {
  core: Core;
  hub: Hub;
  bus: Bus;
  logger: Logger;
  /** Whose server it is. */
  account: Sid<'AC'>;
  rateLimits: RateLimits;
  /** Of one of several servers. */
  life?: NodeLife | undefined;
}

/** All sessions, of whatever API and by whatever door they came in, and what the clock does to them. */
export class Sessions {
  readonly presence: Presence;
  readonly rates: ConnectionRates;
  readonly hub: Hub;
  readonly #core: Core;
  readonly #logger: Logger;
  readonly #sessions = new Set<HeldSession>();
  readonly #counts = new Map<SessionApi, { open: number; opened: number }>(
    (['realtime', 'polling', 'twilsock'] as const).map((api) => [api, { open: 0, opened: 0 }]),
  );
  #closing = false;
  #pinged: number;
  #cancelSweep: () => void;

  constructor({ core, hub, bus, logger, account, rateLimits, life }: SessionsOptions) {
    const { clock } = core;
    this.presence = new Presence(core, bus, logger, account, life);
    this.rates = new ConnectionRates(clock, rateLimits);
    this.hub = hub;
    this.#core = core;
    this.#logger = logger;
    this.#pinged = clock.now();
    this.#cancelSweep = clock.at(this.#pinged + sweepEvery, () => this.#sweep());
  }

  /** Is there no room for another one, or no time? */
  get isFull(): boolean {
    return this.#closing || this.#sessions.size >= connectionLimit;
  }

  /** Connections that are open, and were opened so far. */
  get counts(): ReadonlyMap<SessionApi, { open: number; opened: number }> {
    return this.#counts;
  }

  begin(session: HeldSession): void {
    this.#sessions.add(session);
    const count = this.#countOf(session);
    count.open += 1;
    count.opened += 1;
  }

  /** What carried the session is gone. */
  end(session: HeldSession): void {
    if (!this.#sessions.delete(session)) return;
    this.#countOf(session).open -= 1;
    this.rates.leave(session);
    this.presence.exit(session);
    this.hub.leave(session, session.watched);
  }

  /** Answers what is under way, tells all clients to resume elsewhere or later, and waits a little until they heard it. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#cancelSweep();
    for (const session of this.#sessions) session.finish();
    await this.presence.stop();
    await this.#emptyWithin(answerWithin);
    for (const session of this.#sessions) session.close(1001);
    await this.#emptyWithin(farewell);
    for (const session of this.#sessions) session.terminate();
  }

  // Real time: whoever does not answer the farewell must not hold up the end of the process.
  async #emptyWithin(milliseconds: number): Promise<void> {
    for (let waited = 0; this.#sessions.size > 0 && waited < milliseconds; waited += lookEvery) {
      await setTimeout(lookEvery);
    }
  }

  #countOf({ api }: HeldSession): { open: number; opened: number } {
    return this.#counts.get(api) as { open: number; opened: number };
  }

  /** Those who have more than their part do not read, and would hear no farewell. They come back, and ask again. */
  #relieve(): void {
    const heavy = tooHeavy(this.#sessions);
    if (heavy.length === 0) return;
    const users = new Set(heavy.flatMap(({ user }) => user || []));
    this.#logger.warn(
      { connections: heavy.length, users: [...users] },
      'connections were cut that held more memory than their users may have',
    );
    for (const session of heavy) session.terminate();
  }

  #sweep(): void {
    const { clock } = this.#core;
    const now = clock.now();
    const pinging = now - this.#pinged >= heartbeat;
    if (pinging) this.#pinged = now;
    this.#relieve();
    for (const session of this.#sessions) {
      session.checkToken(now);
      if (!session.connected && now - session.opened > connectWithin) session.close(4408);
      // Two pings without any answer.
      else if (now - session.lastHeard > 2 * heartbeat + sweepEvery) session.terminate();
      else if (pinging) session.ping();
    }
    this.#cancelSweep = clock.at(now + sweepEvery, () => this.#sweep());
  }
}
