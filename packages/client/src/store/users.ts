import type { UserResource } from '@colloquy/protocol';
import type { Context } from '../context.ts';
import type { ColloquyError } from '../errors.ts';
import { User } from '../user.ts';

/** As many as the server allows one connection. */
const subscribedAtMost = 100;

/** The users that the client keeps up to date besides its own: those that were asked for last. */
export class Users {
  readonly #context: Context;
  /** By identity, in the order in which they were asked for. */
  readonly #subscribed = new Map<string, User>();
  /** One request at a time, so that there is never one too many. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(context: Context) {
    this.#context = context;
  }

  all(): User[] {
    return [this.#context.user, ...this.#subscribed.values()];
  }

  async get(identity: string): Promise<User> {
    if (identity === this.#context.user.identity) return this.#context.user;
    return this.#inTurn(async () => this.#subscribed.get(identity) ?? (await this.#subscribe(identity)));
  }

  async unsubscribe(user: User): Promise<void> {
    if (user !== this.#context.user) await this.#inTurn(() => this.#unsubscribe(user));
  }

  take(data: UserResource): void {
    this.#subscribed.get(data.identity)?._takeOther(data);
  }

  /** A new connection knows nothing of the subscriptions of the one before. */
  async renew(): Promise<void> {
    await this.#inTurn(async () => {
      const users = [...this.#subscribed.keys()];
      if (!users.length) return;
      try {
        const { items } = await this.#context.request('users.subscribe', { users });
        for (const data of items) this.take(data);
      } catch (error) {
        if (!isGone(error)) return;
        // One who was deleted spoils it for all; so one by one.
        for (const user of [...this.#subscribed.values()]) await this.#renewOne(user);
      }
    });
  }

  async #renewOne(user: User): Promise<void> {
    try {
      const { items } = await this.#context.request('users.subscribe', { users: [user.identity] });
      for (const data of items) this.take(data);
    } catch (error) {
      if (isGone(error)) this.#forget(user);
    }
  }

  async #subscribe(identity: string): Promise<User> {
    const [oldest] = this.#subscribed.values();
    if (oldest && this.#subscribed.size >= subscribedAtMost) await this.#unsubscribe(oldest);
    const { items } = await this.#context.request('users.subscribe', { users: [identity] });
    const [data] = items;
    if (!data) throw new Error('The server did not say who that is.');
    // It may have been given by its SID.
    const user = this.#subscribed.get(data.identity) ?? new User(this.#context, data);
    if (!user._subscribed) {
      this.#subscribed.set(data.identity, user);
      user._subscribed = true;
      user.emit('userSubscribed', user);
      this.#context.emit('userSubscribed', user);
    }
    return user;
  }

  async #unsubscribe(user: User): Promise<void> {
    if (this.#subscribed.get(user.identity) !== user) return;
    await this.#context.request('users.unsubscribe', { users: [user.identity] });
    this.#forget(user);
  }

  #forget(user: User): void {
    this.#subscribed.delete(user.identity);
    user._subscribed = false;
    user.emit('userUnsubscribed', user);
    this.#context.emit('userUnsubscribed', user);
  }

  #inTurn<T>(job: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(job, job);
    this.#queue = done;
    return done;
  }
}

function isGone(error: unknown): boolean {
  return (error as ColloquyError).code === 50200;
}
