import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '../../compat/soak/random.ts';
import type { Actor } from './actor.ts';
import type { Door } from './door.ts';
import { isAnswer, noAnswer } from './outcome.ts';
import { type Room, shopNumber, type World } from './world.ts';

/** Somebody with a virtual phone, who writes now and then. What he gets is read at the end. */
export class Phone implements Actor {
  readonly number: string;
  readonly #world: World;
  readonly #room: Room;
  readonly #door: Door;
  readonly #random: Random;

  static async create(world: World, number: string, room: Room): Promise<Phone> {
    return new Phone(world, number, room, await world.door(`phone${number}`));
  }

  private constructor(world: World, number: string, room: Room, door: Door) {
    this.number = number;
    this.#world = world;
    this.#room = room;
    this.#door = door;
    this.#random = world.random(number);
  }

  async act(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.#write();
      await wait(this.#random.between(0, 1000));
    }
  }

  /** As a network does: the same message again, until it was taken. */
  async #write(): Promise<void> {
    const { journal } = this.#world;
    const actor = `phone${this.number}`;
    const id = this.#world.id(actor);
    const body = `${id} writes`;
    const message = { to: shopNumber, body, id };
    journal.note({ kind: 'asked', id, actor, what: 'send', conversation: this.#room.sid, keyed: true, body });
    for (;;) {
      const path = `/v1/x/sandbox/phones/${this.number}/messages`;
      const reply = await this.#door.ask('POST', path, message, { json: true });
      if (isAnswer(reply)) {
        const { status } = reply;
        const taken = status === 201 && typeof reply.body['messageSid'] === 'string';
        const answer = taken
          ? { outcome: 'acknowledged' as const, sid: String(reply.body['messageSid']) }
          : { outcome: 'refused' as const, status, why: `${status} ${JSON.stringify(reply.body)}` };
        journal.note({ kind: 'told', id, ...answer });
        return;
      }
      journal.note({ kind: 'told', id, ...noAnswer(reply) });
      await wait(200);
    }
  }
}
