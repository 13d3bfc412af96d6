import type { Client, ClientEvents, User } from '@colloquy/client';
import { useClient } from './client-context.ts';
import { listen } from './listen.ts';
import { keepLoaded, type Loading, newLoader } from './loading.ts';
import { type Model, storePer, useStore } from './store.ts';
import { type UserView, viewOf } from './view.ts';

export interface UserState extends Loading {
  /** Null until the user is known. */
  readonly user: UserView | null;
}

const none: UserState = { user: null, status: 'loading', error: null };

const userStore = storePer(
  (changed, client: Client, identity?: string): Model<UserState> => {
    let user: UserView | null = null;
    const loader = newLoader(
      changed,
      // The client's own user is known when the list of those that are known is.
      async () => {
        if (identity !== undefined) return client.getUser(identity);
        await client.getSubscribedUsers();
        return client.user;
      },
      (loaded: User) => {
        user = viewOf(loaded);
      },
    );
    return {
      snapshot: () => ({ user, status: loader.status, error: loader.error }),
      start() {
        const stopLoading = keepLoaded(client, loader);
        const stop = listen<ClientEvents>(client, {
          userUpdated: ({ user: updated }) => {
            if (updated !== user?.source) return;
            user = viewOf(updated);
            changed();
          },
        });
        return () => {
          stopLoading();
          stop();
          user = null;
        };
      },
    };
  },
  (identity) => identity,
);

/**
 * A user by identity, or the client's own. Of the hundred that were asked for last, changes arrive.
 */
export function useUser(identity?: string): UserState {
  const client = useClient();
  return useStore(client && userStore(client, identity), none);
}
