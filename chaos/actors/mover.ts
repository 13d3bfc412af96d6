import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '../../compat/soak/random.ts';
import type { Actor } from './actor.ts';
import type { Door } from './door.ts';
import { isAnswer, noAnswer } from './outcome.ts';
import type { Room, World } from './world.ts';

/** A back end that lets people into conversations and takes them out, each request until it is answered. */
export class Mover implements Actor {
  readonly #name = 'mover';
  readonly #world: World;
  readonly #door: Door;
  readonly #random: Random;
  readonly #people: readonly string[];
  /** Conversation and identity of who is in. */
  readonly #in = new Set<string>();

  /** @param people who come and go; none of them is anywhere at first */
  static async create(world: World, people: readonly string[]): Promise<Mover> {
    return new Mover(world, people, await world.door('mover'));
  }

  private constructor(world: World, people: readonly string[], door: Door) {
    this.#world = world;
    this.#people = people;
    this.#door = door;
    this.#random = world.random(this.#name);
  }

  async act(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.#move();
      await wait(this.#random.between(0, 600));
    }
  }

  async #move(): Promise<void> {
    const { sid } = this.#random.pick(this.#world.rooms) as Room;
    const identity = this.#random.pick(this.#people) as string;
    const place = `${sid} ${identity}`;
    const leaves = this.#in.has(place);
    const id = this.#world.id(this.#name);
    const what = leaves ? 'leave' : 'join';
    const { journal } = this.#world;
    journal.note({ kind: 'asked', id, actor: this.#name, what, conversation: sid, keyed: true, target: identity });
    const path = `/v1/Conversations/${sid}/Participants`;
    // Was a request sent whose answer does not say that nothing was done?
    let inDoubt = false;
    for (;;) {
      const reply = leaves
        ? await this.#door.ask('DELETE', `${path}/${identity}`)
        : await this.#door.ask('POST', path, { Identity: identity }, { key: id });
      if (!isAnswer(reply)) {
        const said = noAnswer(reply);
        inDoubt ||= said.outcome === 'unknown';
        journal.note({ kind: 'told', id, ...said });
        await wait(200);
        continue;
      }
      const { status } = reply;
      // Taken out by the request whose answer was lost.
      const done = status < 300 || (leaves && status === 404 && inDoubt);
      journal.note({ kind: 'told', id, outcome: done ? 'acknowledged' : 'refused', status, why: `${status}` });
      if (done && leaves) this.#in.delete(place);
      else if (done) this.#in.add(place);
      return;
    }
  }
}
