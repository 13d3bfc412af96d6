import { setTimeout as wait } from 'node:timers/promises';
import { Client } from '@colloquy/client';
import type { Random } from '../../compat/soak/random.ts';
import type { Balancer } from '../cluster/balancer.ts';
import type { Asked } from '../record/entries.ts';
import type { Actor } from './actor.ts';
import { outcomeOf } from './outcome.ts';
import type { Room, World } from './world.ts';

/** Between two things that it does, on average; milliseconds. */
const pause = 250;
/** How many of its messages may be on their way at a time. */
const underWay = 8;

interface Own {
  room: Room;
  id: string;
  index: number;
}

/** A user with an app. It asks once, and the SDK sees to it that there is an outcome, at whichever node. */
export class SdkWriter implements Actor {
  readonly #name: string;
  readonly #world: World;
  readonly #way: Balancer;
  readonly #client: Client;
  readonly #random: Random;
  readonly #own: Own[] = [];

  static async create(world: World, name: string): Promise<SdkWriter> {
    const way = await world.way();
    const client = await Client.create(() => world.token(name), { url: way.url });
    return new SdkWriter(world, name, way, client);
  }

  private constructor(world: World, name: string, way: Balancer, client: Client) {
    this.#world = world;
    this.#name = name;
    this.#way = way;
    this.#client = client;
    this.#random = world.random(name);
  }

  async act(stop: AbortSignal): Promise<void> {
    const begun = new Set<Promise<void>>();
    while (!stop.aborted) {
      if (this.#random.next() < 0.01) this.#way.roam();
      const doing: Promise<void> = this.#do()
        // What could not be looked at is not changed.
        .catch((error: Error) => this.#forgive(error))
        .finally(() => begun.delete(doing));
      begun.add(doing);
      if (begun.size >= underWay) await Promise.race(begun);
      await wait(this.#random.between(0, 2 * pause));
    }
    await Promise.all(begun);
    await this.#client.shutdown();
  }

  /** @throws unless the server asks to come again later */
  #forgive(error: Error & { status?: number }): void {
    if (error.status !== 503) throw error;
  }

  async #do(): Promise<void> {
    const kind = this.#random.weighted({ send: 16, edit: 3, remove: 1 });
    const own = this.#random.pick(this.#own);
    const id = this.#world.id(this.#name);
    if (kind === 'send' || !own) {
      const room = this.#random.pick(this.#world.rooms) as Room;
      const conversation = await this.#client.getConversationBySid(room.sid);
      const body = `${id} says it`;
      const index = await this.#ask({ what: 'send', id, room, body }, () => conversation.sendMessage(body));
      if (typeof index !== 'number') return;
      this.#own.push({ room, id, index });
      if (this.#own.length > 20) this.#own.shift();
      return;
    }
    const conversation = await this.#client.getConversationBySid(own.room.sid);
    const [message] = (await conversation.getMessages(1, own.index, 'forward')).items;
    if (message?.index !== own.index) return;
    const about = { id, room: own.room, target: own.id };
    if (kind === 'edit') {
      const body = `${own.id} edited ${id}`;
      await this.#ask({ ...about, what: 'edit', body }, () => message.updateBody(body));
      return;
    }
    const at = this.#own.indexOf(own);
    if (at < 0) return;
    this.#own.splice(at, 1);
    await this.#ask({ ...about, what: 'remove' }, () => message.remove());
  }

  /** @returns what it resolved with; undefined when it was refused */
  async #ask<T>(
    { room, ...asked }: Pick<Asked, 'id' | 'what' | 'target' | 'body'> & { room: Room },
    work: () => Promise<T>,
  ): Promise<T | undefined> {
    const { journal } = this.#world;
    journal.note({ kind: 'asked', ...asked, actor: this.#name, conversation: room.sid, keyed: true });
    try {
      const result = await work();
      const index = typeof result === 'number' && { index: result };
      journal.note({ kind: 'told', id: asked.id, outcome: 'acknowledged', ...index });
      return result;
    } catch (error) {
      journal.note({ kind: 'told', id: asked.id, ...outcomeOf(error) });
      return undefined;
    }
  }
}
