import type { UserResource } from '@colloquy/protocol';
import { abortable, type CallOptions } from '../call-options.ts';
import type { Context } from '../context.ts';

import { User } from '../user.ts';

/** As many as the server allows one connection. */
const subscribedAtMost = 100;

/** The users that the client keeps up to date besides its own: those that were asked for last. */
export class Users {
  readonly #context: Context;
  /** By identity, in the order in which they were asked for. */
  readonly #subscribed = new Map<string, User>();

  constructor(context: Context) {
    this.#context = context;
  }

  async everyUser(options?: CallOptions): Promise<User[]> {
    await this.#context.known(options);
    return [this.#context.user, ...this.#subscribed.values()];
  }

  async get(identity: string, options?: CallOptions): Promise<User> {
    await this.#context.known(options);
    const { user } = this.#context;
    if (identity === user.identity) return user;
    return this.#subscribed.get(identity) ?? abortable(this.#subscribe(identity), options);
  }

  async unsubscribe(user: User, options?: CallOptions): Promise<void> {
    if (this.#subscribed.get(user.identity) !== user) return;
    // At once: whoever asks for him from now on subscribes anew, after this.
    this.#forget(user);
    await this.#context.ask('users.unsubscribe', { users: [user.identity] }, options);
  }

  takeUser(data: UserResource): void {
    this.#subscribed.get(data.identity)?._takeOther(data);
  }

  /** A new connection knows nothing of the subscriptions of the one before. */
  async renew(): Promise<void> {
    const gone = new Map(this.#subscribed);
    if (!gone.size) return;
    for (const data of await this.#ask([...gone.keys()])) {
      gone.delete(data.identity);
      this.takeUser(data);
    }
    for (const user of gone.values()) this.#forget(user);
  }

  async #ask(users: string[]): Promise<UserResource[]> {
    return (await this.#context.ask('users.subscribe', { users })).items;
  }

  async #subscribe(identity: string): Promise<User> {
    const [known] = await this.#ask([identity]);
    // Where there is none, the server says so.
    const data = known ?? (await this.#context.ask('users.get', { user: identity }));
    // It may have been given by its SID.
    const user = this.#subscribed.get(data.identity) ?? new User(this.#context, data);
    if (!user._subscribed) {
      this.#subscribed.set(data.identity, user);
      this.#mark(user, 'userSubscribed');
    }
    const [oldest] = this.#subscribed.values();
    // The server has let him go already.
    if (oldest && this.#subscribed.size > subscribedAtMost) this.#forget(oldest);
    return user;
  }

  #forget(user: User): void {
    this.#subscribed.delete(user.identity);
    this.#mark(user, 'userUnsubscribed');
  }

  #mark(user: User, event: 'userSubscribed' | 'userUnsubscribed'): void {
    user._subscribed = event === 'userSubscribed';
    user.emit(event, user);
    this.#context.emit(event, user);
  }
}
