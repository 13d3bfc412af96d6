import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '../../compat/soak/random.ts';
import type { Asked, Told } from '../record/entries.ts';
import type { Actor } from './actor.ts';
import type { Door, Reply } from './door.ts';
import { isAnswer, noAnswer } from './outcome.ts';
import type { Room, World } from './world.ts';

type Answer = Extract<Reply, { status: number }>;

interface Own {
  room: Room;
  id: string;
  sid: string;
}

/** How many of its newest messages a writer changes. */
const changeable = 20;
/** Between two requests, on average; milliseconds. */
const pause = 200;

/**
 * A back end. With keys it repeats each request until it is answered; without, it asks once, and whatever became of
 * requests whose answers were lost stays unknown to it.
 */
export class RestWriter implements Actor {
  readonly #name: string;
  readonly #keyed: boolean;
  readonly #world: World;
  readonly #door: Door;
  readonly #random: Random;
  readonly #own: Own[] = [];

  static async create(world: World, name: string, keyed: boolean): Promise<RestWriter> {
    return new RestWriter(world, name, keyed, await world.door(name));
  }

  private constructor(world: World, name: string, keyed: boolean, door: Door) {
    this.#world = world;
    this.#name = name;
    this.#keyed = keyed;
    this.#door = door;
    this.#random = world.random(name);
  }

  async act(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const kind = this.#random.weighted({ send: 16, edit: 3, remove: 1 });
      const own = this.#random.pick(this.#own);
      if (kind === 'send' || !own) await this.#send();
      else if (kind === 'edit') await this.#edit(own);
      else await this.#remove(own);
      await wait(this.#random.between(0, 2 * pause));
    }
  }

  async #send(): Promise<void> {
    const room = this.#random.pick(this.#world.rooms) as Room;
    const id = this.#world.id(this.#name);
    const body = `${id} says ${'ä€🙂 '.repeat(this.#random.between(0, 20))}`;
    const path = `/v1/Conversations/${room.sid}/Messages`;
    const reply = await this.#ask({ what: 'send', id, room, body }, 'POST', path, { Body: body, Author: this.#name });
    if (!reply) return;
    this.#own.push({ room, id, sid: String(reply['sid']) });
    if (this.#own.length > changeable) this.#own.shift();
  }

  async #edit({ room, id: target, sid }: Own): Promise<void> {
    const id = this.#world.id(this.#name);
    const path = `/v1/Conversations/${room.sid}/Messages/${sid}`;
    const body = `${target} edited ${id}`;
    await this.#ask({ what: 'edit', id, room, target, body }, 'POST', path, { Body: body });
  }

  async #remove(own: Own): Promise<void> {
    const { room, id: target, sid } = own;
    this.#own.splice(this.#own.indexOf(own), 1);
    const path = `/v1/Conversations/${room.sid}/Messages/${sid}`;
    await this.#ask({ what: 'remove', id: this.#world.id(this.#name), room, target }, 'DELETE', path);
  }

  /** @returns what was answered, or undefined unless it was done */
  async #ask(
    { room, ...asked }: Pick<Asked, 'id' | 'what' | 'target' | 'body'> & { room: Room },
    method: string,
    path: string,
    form?: object,
  ): Promise<Record<string, unknown> | undefined> {
    const { journal } = this.#world;
    const keyed = this.#keyed;
    journal.note({ kind: 'asked', ...asked, actor: this.#name, conversation: room.sid, keyed });
    const told = { kind: 'told', id: asked.id } as const;
    const deadline = Date.now() + 120_000;
    // Was a request sent whose answer does not say that nothing was done?
    let inDoubt = false;
    for (;;) {
      const reply = await this.#door.ask(method, path, form, keyed && method === 'POST' ? { key: asked.id } : {});
      if (!isAnswer(reply)) {
        const said = noAnswer(reply);
        inDoubt ||= said.outcome === 'unknown';
        journal.note({ ...told, ...said });
        await wait(200);
        if (!keyed || Date.now() > deadline) return undefined;
        continue;
      }
      // Removed by the request whose answer was lost.
      const done = reply.status < 300 || (method === 'DELETE' && reply.status === 404 && inDoubt);
      journal.note({ ...told, ...outcome(reply, done) });
      return done ? reply.body : undefined;
    }
  }
}

function outcome(reply: Answer, done: boolean): Omit<Told, 'kind' | 'id'> {
  const { status } = reply;
  if (!done) return { outcome: 'refused', status, why: String(status) };
  const { sid, index } = reply.body as { sid?: string; index?: number };
  return { outcome: 'acknowledged', ...(sid !== undefined && { sid }), ...(index !== undefined && { index }) };
}
