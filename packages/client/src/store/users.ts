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
  /** One request at a time, so that there is never one too many. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(context: Context) {
    this.#context = context;
  }

  async all(options?: CallOptions): Promise<User[]> {
    await this.#context.known(options);
    return [this.#context.user, ...this.#subscribed.values()];
  }

  async get(identity: string, options?: CallOptions): Promise<User> {
    await this.#context.known(options);
    const { user } = this.#context;
    if (identity === user.identity) return user;
    return this.#inTurn(async () => this.#subscribed.get(identity) ?? this.#subscribe(identity), options);
  }

  unsubscribe(user: User, options?: CallOptions): Promise<void> {
    return this.#inTurn(() => this.#unsubscribe(user), options);
  }

  take(data: UserResource): void {
    this.#subscribed.get(data.identity)?._takeOther(data);
  }

  /** A new connection knows nothing of the subscriptions of the one before. */
  renew(): Promise<void> {
    return this.#inTurn(async () => {
      const gone = new Map(this.#subscribed);
      if (!gone.size) return;
      for (const data of await this.#ask([...gone.keys()])) {
        gone.delete(data.identity);
        this.take(data);
      }
      for (const user of gone.values()) this.#forget(user);
    });
  }

  async #ask(users: string[]): Promise<UserResource[]> {
    return (await this.#context.request('users.subscribe', { users })).items;
  }

  async #subscribe(identity: string): Promise<User> {
    const [oldest] = this.#subscribed.values();
    if (oldest && this.#subscribed.size >= subscribedAtMost) await this.#unsubscribe(oldest);
    const [known] = await this.#ask([identity]);
    // Where there is none, the server says so.
    const data = known ?? (await this.#context.request('users.get', { user: identity }));
    // It may have been given by its SID.
    const user = this.#subscribed.get(data.identity) ?? new User(this.#context, data);
    if (!user._subscribed) {
      this.#subscribed.set(data.identity, user);
      this.#mark(user, 'userSubscribed');
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
    this.#mark(user, 'userUnsubscribed');
  }

  #mark(user: User, event: 'userSubscribed' | 'userUnsubscribed'): void {
    user._subscribed = event === 'userSubscribed';
    user.emit(event, user);
    this.#context.emit(event, user);
  }

  #inTurn<T>(job: () => Promise<T>, options?: CallOptions): Promise<T> {
    const done = this.#queue.then(job, job);
    this.#queue = done;
    return abortable(done, options);
  }
}
