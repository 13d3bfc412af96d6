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
  whosePresenceIsKept,
} from '../../core/users/reachability.ts';
import { userResource } from '../../core/users/resource.ts';
import type { NodeLife } from '../node-life.ts';

/** Who comes back within that time was never away: pages are reloaded and networks changed. */
const lingering = 5000;
const changesAtOnce = 200;
const toldAtOnce = 8;
const tryAgainAfter = 10_000;

interface Present {
  connections: number;
  /** Until it is written down that he is here, if it has to be. */
  noted: Promise<void>;
  /** Calls off what happens when nobody comes back. */
  callOff?: () => void;
}

/**
 * Who is connected to this node. Where services want to know, it is written down when a user comes and when he
 * has gone, and whoever watches him is told; for others it costs a look at each connection.
 *
 * Who comes waits for that, and for none of what nobody waits for: thousands who leave at once, those of a node that is
 * dead, or everybody anew. In whatever order they are written down, it is as they are by then.
 */
export class Presence {
  readonly #core: Core;
  readonly #bus: Bus;
  readonly #logger: Logger;
  readonly #actor: SystemActor;
  readonly #users = new Map<string, Present>();
  readonly #connections = new Map<object, string>();
  /** Closed connections, whose connect request may still be under way. */
  readonly #gone = new WeakSet<object>();
  /** Who has come, and waits for being written down. */
  readonly #coming = new Set<string>();
  #arrivals: Promise<void> = Promise.resolve();
  /** Of whom nobody waits for what is to be written down. */
  readonly #changed = new Set<string>();
  #work: Promise<void> = Promise.resolve();
  /** Whose watchers are to be told how he can be reached. */
  readonly #watched = new Set<string>();
  #telling: Promise<void> = Promise.resolve();
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
    this.#actor = { kind: 'system', account };
    this.#unsubscribe = bus.subscribe(({ woken }) => {
      if (woken.includes(reachabilityWoken)) this.#noteAll();
      else if (woken.includes(everything)) this.#noteWhereNew();
      this.#tell(
        woken.filter((kind) => kind.startsWith(notifiableWoken)).map((kind) => kind.slice(notifiableWoken.length)),
      );
    });
    this.#life = life;
    life?.watch({
      entered: () => {
        this.#noteAll();
        this.#clearLater();
      },
      buried: () => this.#clearLater(),
    });
    if (life) this.#clearLater();
  }

  /** A user's connection is there. Resolves when that is written down, if it has to be. */
  enter(connection: object, { user }: UserActor): Promise<void> {
    if (this.#gone.has(connection)) return Promise.resolve();
    this.#connections.set(connection, user);
    const present = this.#users.get(user);
    if (present) {
      present.connections += 1;
      present.callOff?.();
      delete present.callOff;
      return present.noted;
    }
    const arrival = this.#arrive(user);
    // Whoever connects once more asks again himself.
    this.#users.set(user, { connections: 1, noted: arrival.catch(() => {}) });
    return arrival;
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
      this.#noteLater([user]);
    });
  }

  async #arrive(user: string): Promise<void> {
    try {
      if (!(await isPresenceKept(this.#core.db, user))) return;
    } catch (error) {
      this.#noteLater([user]);
      throw error;
    }
    this.#coming.add(user);
    this.#arrivals = this.#arrivals.then(() => this.#write(this.#coming));
    await this.#arrivals;
  }

  /** Resolves when everything that was to be written down is, or could not be. */
  async settled(): Promise<void> {
    await this.#life?.settled();
    await this.#ended();
  }

  /** Nothing is written down any more: at the next start, or soon for the other nodes, nobody is online here anyway. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    this.#callOffRetry();
    for (const present of this.#users.values()) present.callOff?.();
    await this.#ended();
  }

  async #ended(): Promise<void> {
    await this.#work;
    await this.#arrivals;
    await this.#telling;
  }

  /** A service has turned reachability on: what was not written down so far has to be. */
  #noteAll(): void {
    this.#noteLater(this.#users.keys());
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

  #clearLater(): void {
    this.#work = this.#work.then(() => this.#clearDead());
  }

  /** Whoever was connected to a node that is dead, and to no other, is away. */
  async #clearDead(): Promise<void> {
    try {
      for (let more = true; more && !this.#stopped; ) {
        const cleared = await this.#core.run(clearDead, this.#actor, {});
        this.#tell(cleared.changed);
        more = cleared.more;
      }
    } catch (error) {
      this.#logger.error({ error }, 'who was connected to a dead node could not be cleared');
      const { clock } = this.#core;
      if (!this.#stopped) clock.at(clock.now() + tryAgainAfter, () => this.#clearLater());
    }
  }

  #noteLater(users: Iterable<string>): void {
    for (const user of users) this.#changed.add(user);
    this.#work = this.#work.then(() => this.#write(this.#changed, (some) => this.#kept(some)));
  }

  async #kept(users: readonly string[]): Promise<string[]> {
    try {
      const kept = await whosePresenceIsKept(this.#core.db, users);
      return users.filter((user) => kept.has(user));
    } catch (error) {
      this.#logger.error({ error }, 'whose presence is kept could not be looked up; all of them are noted');
      return [...users];
    }
  }

  /**
   * Writes down who is here and who is not, as it is when the command is made: the later one of two counts.
   *
   * @param choose finds out whose is worth a command
   */
  async #write(
    users: Set<string>,
    choose: (some: string[]) => Promise<string[]> | string[] = (some) => some,
  ): Promise<void> {
    while (users.size > 0 && !this.#stopped) {
      const taken = [...users].slice(0, changesAtOnce);
      for (const user of taken) users.delete(user);
      const chosen = await choose(taken);
      const node = this.#life ? this.#life.node : alone;
      // All of it is noted once there is a name.
      if (node === undefined) return;
      if (chosen.length === 0 || this.#stopped) continue;
      try {
        const changes = chosen.map((user) => ({ user, online: this.#users.has(user) }));
        const changed = await this.#core.run(notePresence, this.#actor, { node, changes });
        if (!changed) return this.#life?.lost(node);
        this.#tell(changed);
      } catch (error) {
        this.#logger.error({ error }, 'who is online could not be written down; it is tried again');
        for (const user of chosen) this.#changed.add(user);
        this.#callOffRetry();
        this.#callOffRetry = this.#core.clock.at(this.#core.clock.now() + tryAgainAfter, () => this.#noteLater([]));
        return;
      }
    }
  }

  /** Tells who watches them how these users can be reached now. */
  #tell(users: readonly string[]): void {
    if (users.length === 0) return;
    for (const user of users) this.#watched.add(user);
    this.#telling = this.#telling.then(() => this.#tellAll());
  }

  /** One after the other of the same user, so that the newest state is the last that is told. */
  async #tellAll(): Promise<void> {
    while (this.#watched.size > 0 && !this.#stopped) {
      const users = [...this.#watched].slice(0, toldAtOnce);
      for (const user of users) this.#watched.delete(user);
      await Promise.all(users.map((user) => this.#announce(user)));
    }
  }

  async #announce(user: string): Promise<void> {
    try {
      const found = await findReachable(this.#core.db, user);
      if (found) this.#bus.signal({ type: 'user', user: userResource(found.user, found.reachability) });
    } catch (error) {
      this.#logger.error({ error }, 'how a user can be reached was not told');
    }
  }
}
