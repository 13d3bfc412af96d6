import type { Logger } from 'pino';
import { type Bus, everything } from '../../bus/bus.ts';
import type { SystemActor, UserActor } from '../../core/actor.ts';
import type { Core } from '../../core/core.ts';
import { alone } from '../../core/nodes.ts';
import { notifiableWoken } from '../../core/push/notifiable.ts';
import { reachabilityWoken } from '../../core/services/actions.ts';
import {
  clearDead,
  findReachable,
  isPresenceKept,
  notePresence,
  servicesThatKeep,
} from '../../core/users/reachability.ts';
import { userResource } from '../../core/users/resource.ts';
import type { NodeLife } from '../node-life.ts';

/** Who comes back within that time was never away: pages are reloaded and networks changed. */
const lingering = 5000;
const changesAtOnce = 200;
const tryAgainAfter = 10_000;

interface Present {
  account: SystemActor['account'];
  connections: number;
  /** Calls off what happens when nobody comes back. */
  callOff?: () => void;
}

/**
 * Who is connected to this node. Where services want to know, it is written down when a user comes and when he
 * has gone, and whoever watches him is told; for others it costs a look at each connection.
 */
export class Presence {
  readonly #core: Core;
  readonly #bus: Bus;
  readonly #logger: Logger;
  readonly #users = new Map<string, Present>();
  readonly #connections = new Map<object, string>();
  /** Closed connections, whose connect request may still be under way. */
  readonly #gone = new WeakSet<object>();
  /** What is to be written down, the newest state of each user. */
  readonly #pending = new Map<string, { online: boolean; account: SystemActor['account'] }>();
  #work: Promise<void> = Promise.resolve();
  #stopped = false;
  #callOffRetry = () => {};
  readonly #unsubscribe: () => void;
  /** Of one of several nodes. */
  readonly #life: NodeLife | undefined;
  /** Services that want to know, as far as it was looked. */
  #keeping: ReadonlySet<string> = new Set();

  /**
   * @param account whose server it is
   * @param life of one of several nodes
   */
  constructor(core: Core, bus: Bus, logger: Logger, account: SystemActor['account'], life?: NodeLife) {
    this.#core = core;
    this.#bus = bus;
    this.#logger = logger;
    this.#unsubscribe = bus.subscribe(({ woken }) => {
      if (woken.includes(reachabilityWoken)) this.#noteAll();
      else if (woken.includes(everything)) this.#noteWhereNew();
      for (const kind of woken) {
        if (kind.startsWith(notifiableWoken)) this.#announceLater(kind.slice(notifiableWoken.length));
      }
    });
    this.#life = life;
    life?.watch({
      entered: () => {
        this.#noteAll();
        this.#clearLater(account);
      },
      buried: () => this.#clearLater(account),
    });
    if (life) this.#clearLater(account);
  }

  /** A user's connection is there. Resolves when that is written down, if it has to be. */
  async enter(connection: object, { user, account }: UserActor): Promise<void> {
    if (this.#gone.has(connection)) return;
    this.#connections.set(connection, user);
    const present = this.#users.get(user);
    if (present) {
      present.connections += 1;
      present.callOff?.();
      delete present.callOff;
      return this.#work;
    }
    this.#users.set(user, { account, connections: 1 });
    if (await isPresenceKept(this.#core.db, user)) await this.#note(user, true, account);
  }

  exit(connection: object): void {
    this.#gone.add(connection);
    const user = this.#connections.get(connection);
    const present = user === undefined ? undefined : this.#users.get(user);
    this.#connections.delete(connection);
    if (user === undefined || !present) return;
    present.connections -= 1;
    if (present.connections > 0 || this.#stopped) return;
    present.callOff = this.#core.clock.at(this.#core.clock.now() + lingering, () => {
      this.#users.delete(user);
      this.#work = this.#work.then(() => this.#leave(user, present.account));
    });
  }

  async #leave(user: string, account: SystemActor['account']): Promise<void> {
    try {
      if (this.#stopped || !(await isPresenceKept(this.#core.db, user))) return;
    } catch (error) {
      this.#logger.error({ error }, 'who is online could not be looked up; that he is gone is noted anyhow');
    }
    // He may be back by now.
    this.#pending.set(user, { online: this.#users.has(user), account });
    await this.#writePending();
  }

  /** Tells who watches a user how he can be reached now. */
  async #announce(user: string): Promise<void> {
    const found = await findReachable(this.#core.db, user);
    if (found) this.#bus.signal({ type: 'user', user: userResource(found.user, found.reachability) });
  }

  #announceLater(user: string): void {
    this.#announce(user).catch((error) => this.#logger.error({ error }, 'who can be notified was not told'));
  }

  /** Resolves when everything that was to be written down is, or could not be. */
  async settled(): Promise<void> {
    await this.#life?.settled();
    await this.#work;
  }

  /** Nothing is written down any more: at the next start, or soon for the other nodes, nobody is online here anyway. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    this.#callOffRetry();
    for (const present of this.#users.values()) present.callOff?.();
    await this.#work;
  }

  /** A service has turned reachability on: what was not written down so far has to be. */
  #noteAll(): void {
    for (const [user, { account }] of this.#users) this.#pending.set(user, { online: true, account });
    void this.#flush();
  }

  /** Another node may have said that a service has turned it on, and nobody heard it. */
  #noteWhereNew(): void {
    servicesThatKeep(this.#core.db).then(
      (keeping) => {
        const isNew = [...keeping].some((service) => !this.#keeping.has(service));
        this.#keeping = keeping;
        if (isNew && !this.#stopped) this.#noteAll();
      },
      (error) => this.#logger.error({ error }, 'which services keep presences could not be looked up'),
    );
  }

  #clearLater(account: SystemActor['account']): void {
    this.#work = this.#work.then(() => this.#clearDead(account));
  }

  /** Whoever was connected to a node that is dead, and to no other, is away. */
  async #clearDead(account: SystemActor['account']): Promise<void> {
    try {
      for (let more = true; more && !this.#stopped; ) {
        const cleared = await this.#core.run(clearDead, { kind: 'system', account }, {});
        for (const user of cleared.changed) await this.#announce(user);
        more = cleared.more;
      }
    } catch (error) {
      this.#logger.error({ error }, 'who was connected to a dead node could not be cleared');
      const { clock } = this.#core;
      if (!this.#stopped) clock.at(clock.now() + tryAgainAfter, () => this.#clearLater(account));
    }
  }

  #note(user: string, online: boolean, account: SystemActor['account']): Promise<void> {
    this.#pending.set(user, { online, account });
    return this.#flush();
  }

  #flush(): Promise<void> {
    this.#work = this.#work.then(() => this.#writePending());
    return this.#work;
  }

  async #writePending(): Promise<void> {
    while (this.#pending.size > 0 && !this.#stopped) {
      const node = this.#life ? this.#life.node : alone;
      // All of it is noted once there is a name.
      if (node === undefined) return;
      const taken = [...this.#pending].slice(0, changesAtOnce);
      for (const [user] of taken) this.#pending.delete(user);
      const account = taken[0]?.[1].account;
      if (!account) return;
      const changes = taken.map(([user, { online }]) => ({ user, online }));
      try {
        const changed = await this.#core.run(notePresence, { kind: 'system', account }, { node, changes });
        if (!changed) return this.#life?.lost(node);
        for (const user of changed) await this.#announce(user);
      } catch (error) {
        this.#logger.error({ error }, 'who is online could not be written down; it is tried again');
        for (const [user, state] of taken) if (!this.#pending.has(user)) this.#pending.set(user, state);
        this.#callOffRetry();
        this.#callOffRetry = this.#core.clock.at(this.#core.clock.now() + tryAgainAfter, () => void this.#flush());
        return;
      }
    }
  }
}
