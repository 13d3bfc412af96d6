import type { Config } from '@colloquy/server';
import { makeToken } from '@colloquy/server';
import { Random } from '../../compat/soak/random.ts';
import { Balancer } from '../cluster/balancer.ts';
import type { Installation } from '../cluster/installation.ts';
import type { Journal } from '../record/journal.ts';
import { Door } from './door.ts';

export interface Room {
  sid: string;
  /** Numbers of the virtual phones that are in it. */
  phones: readonly string[];
}

/** The number that phones write to. */
export const shopNumber = '+12025550142';

/** What all actors share. */
export class World {
  readonly journal: Journal;
  readonly credentials: Config['credentials'];
  readonly rooms: Room[] = [];
  service = '';
  readonly #installation: Installation;
  readonly #seed: number;
  readonly #balancers: Balancer[] = [];
  #ids = 0;

  constructor(installation: Installation, journal: Journal, seed: number) {
    this.#installation = installation;
    this.journal = journal;
    this.#seed = seed;
    this.credentials = installation.credentials;
  }

  /** A way in of one's own, which goes over all nodes in turn. */
  async way(): Promise<Balancer> {
    const ways = this.#installation.nodes.map((node) => node.way);
    const balancer = await Balancer.open(ways, this.#balancers.length);
    this.#balancers.push(balancer);
    return balancer;
  }

  async door(actor: string): Promise<Door> {
    return new Door((await this.way()).url, this.credentials, this.journal, actor);
  }

  random(actor: string): Random {
    let seed = this.#seed;
    for (const letter of actor) seed = Math.imul(seed ^ letter.charCodeAt(0), 16_777_619);
    return new Random(seed);
  }

  token(identity: string): Promise<string> {
    // Longer than any run: how tokens end is not what is asked here.
    return makeToken(this.credentials, { identity, service: this.service, lifetime: 86_400 }, Date.now());
  }

  /** Unlike all others of the run: the first word of every text that is sent. */
  id(actor: string): string {
    this.#ids += 1;
    return `${actor}.${this.#ids}`;
  }

  async close(): Promise<void> {
    await Promise.all(this.#balancers.map((balancer) => balancer.close()));
  }
}
