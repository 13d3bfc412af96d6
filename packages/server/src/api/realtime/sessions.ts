import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { publicUrlOf } from '../http/public-url.ts';
import { heartbeat } from './connect-methods.ts';
import type { RealtimeDependencies } from './method.ts';
import { Session } from './session.ts';
import type { Wire } from './wire.ts';

/** A connection that has not sent its connect request by then is closed. */
const connectWithin = 10_000;
const sweepEvery = 1000;
const connectionLimit = 50_000;
/** How long clients may take to hear the farewell when the server stops. */
const farewell = 2000;

/** All sessions, by whatever door they came in, and what the clock does to them. */
export class Sessions {
  readonly #dependencies: RealtimeDependencies;
  readonly #publicUrl: string | null;
  readonly #sessions = new Set<Session>();
  #closing = false;
  #pinged: number;
  #cancelSweep: () => void;

  /** @param publicUrl null: derived from the request that began a session */
  constructor(dependencies: RealtimeDependencies, publicUrl: string | null) {
    const { clock } = dependencies.core;
    this.#dependencies = dependencies;
    this.#publicUrl = publicUrl;
    this.#pinged = clock.now();
    this.#cancelSweep = clock.at(this.#pinged + sweepEvery, () => this.#sweep());
  }

  /** Is there no room for another one, or no time? */
  get isFull(): boolean {
    return this.#closing || this.#sessions.size >= connectionLimit;
  }

  begin(wire: Wire, request: IncomingMessage): Session {
    const address = publicUrlOf(request, this.#publicUrl);
    const session = new Session(randomUUID(), address, wire, this.#dependencies);
    this.#sessions.add(session);
    return session;
  }

  /** The session's wire is gone. */
  end(session: Session): void {
    const { rates, presence, hub } = this.#dependencies;
    if (!this.#sessions.delete(session)) return;
    rates.leave(session);
    presence.exit(session);
    hub.leave(session, session.watched);
  }

  /** Tells all clients to resume elsewhere or later, and waits a little until they have heard it. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#cancelSweep();
    for (const session of this.#sessions) session.close(1001);
    await this.#dependencies.presence.stop();
    // Real time: whoever does not answer the farewell must not hold up the end of the process.
    for (let waited = 0; this.#sessions.size > 0 && waited < farewell; waited += 20) await setTimeout(20);
    for (const session of this.#sessions) session.terminate();
  }

  #sweep(): void {
    const { clock } = this.#dependencies.core;
    const now = clock.now();
    const pinging = now - this.#pinged >= heartbeat;
    if (pinging) this.#pinged = now;
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
