import type { UserResource } from '@colloquy/protocol';
import type { CallOptions } from './call-options.ts';
import type { ChangeParams, Context } from './context.ts';
import { type JSONValue, writeJson } from './json.ts';
import { Mirror, type Reasons } from './mirror.ts';

/** What has changed of a user. The last two: `isOnline`, `isNotifiable`. */
export type UserUpdateReason = 'friendlyName' | 'attributes' | 'reachabilityOnline' | 'reachabilityNotifiable';

export interface UserUpdatedEventArgs {
  user: User;
  updateReasons: UserUpdateReason[];
}

export type UserEvents = {
  /** A property of him has changed. */
  updated: (data: UserUpdatedEventArgs) => void;
  /** Changes of him arrive from now on. */
  userSubscribed: (user: User) => void;
  /** They do not any more. */
  userUnsubscribed: (user: User) => void;
};

const userReasons: Reasons<UserResource, UserUpdateReason> = [
  'friendlyName',
  'attributes',
  'isOnline reachabilityOnline',
  'isNotifiable reachabilityNotifiable',
];

/** A user of the service: the client's own, or one that was asked for with `getUser` and is kept up to date since. */
export class User extends Mirror<UserEvents> {
  /** @internal */
  declare _data: UserResource;
  readonly updated = 'updated';
  readonly userSubscribed = 'userSubscribed';
  readonly userUnsubscribed = 'userUnsubscribed';
  /** @internal */
  _subscribed = false;

  /** @internal */
  constructor(context: Context, data: UserResource) {
    super('user', userReasons, context, data);
  }

  /** @internal */
  declare readonly sid: string;

  /** Empty for the client's own user until the client is initialized. */
  declare readonly identity: string;

  declare readonly friendlyName: string | null;

  /** Null while the service does not say who is online. */
  declare readonly isOnline: boolean | null;

  /** Can push notifications reach the user? Null while the service does not say. */
  declare readonly isNotifiable: boolean | null;

  /** Do changes of the user arrive? */
  get isSubscribed(): boolean {
    return this._subscribed;
  }

  /** At most 4 KB of JSON. */
  updateAttributes(attributes: JSONValue, options?: CallOptions): Promise<User> {
    return this.#update({ attributes: writeJson(attributes) }, options);
  }

  /** At most 256 characters. */
  updateFriendlyName(friendlyName: string | null, options?: CallOptions): Promise<User> {
    return this.#update({ friendlyName }, options);
  }

  /** No more changes of this user. The client's own user always stays subscribed. */
  unsubscribe(options?: CallOptions): Promise<void> {
    return this._context.userStore.unsubscribe(this, options);
  }

  /** @internal Of others than the own user no stream tells, so their states are told apart by their dates. */
  _takeOther(data: UserResource): void {
    if (data.dateUpdated >= this._data.dateUpdated) this._show(data);
  }

  async #update(change: Omit<ChangeParams<'users.update'>, 'user'>, options: CallOptions | undefined): Promise<User> {
    const { feed, user } = this._context;
    const params = { user: this._data.sid, ...change };
    const data = await this._context.askOnce('users.update', params, options);
    if (this === user) await feed.reached(user._data.sid, data.position);
    else this._takeOther(data);
    return this;
  }
}
