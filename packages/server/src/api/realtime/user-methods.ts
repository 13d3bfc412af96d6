import { z } from 'zod';
import { refuse } from '../../core/refusal.ts';
import { findUser, updateUser } from '../../core/users/actions.ts';
import { reachableResource } from '../../core/users/resource.ts';
import { define, key, name, text } from './define.ts';
import type { Method } from './method.ts';

const watchLimit = 100;
const users = z.array(name).max(watchLimit);

export const userMethods = {
  'users.get': define('users.get', z.object({ user: name }), async ({ core, actor }, params) => {
    const user = await findUser(core.db, actor.service, params.user);
    if (!user) throw refuse(50200);
    return reachableResource(core.db, user);
  }),

  'users.update': define(
    'users.update',
    z.object({ key, user: name, friendlyName: text.nullable().optional(), attributes: text.optional() }),
    async ({ core, actor, idempotency }, { user, friendlyName, attributes }) => {
      const input = { service: actor.service, user, friendlyName, attributes };
      const row = await core.run(updateUser, actor, input, idempotency);
      return reachableResource(core.db, row);
    },
  ),

  'users.subscribe': define('users.subscribe', z.object({ users }), async ({ core, actor, hub, caller }, params) => {
    const items = [];
    for (const ref of params.users) {
      let user = await findUser(core.db, actor.service, ref);
      if (!user) continue;
      if (user.sid !== actor.user && !caller.watched.has(user.sid)) {
        const [first] = caller.watched;
        if (first !== undefined && caller.watched.size >= watchLimit) {
          caller.watched.delete(first);
          hub.unwatch(caller, first);
        }
        caller.watched.add(user.sid);
        const watching = hub.watch(caller, user.sid);
        if (watching) {
          await watching;
          user = (await findUser(core.db, actor.service, user.sid)) ?? user;
        }
      }
      items.push(await reachableResource(core.db, user));
    }
    return { items };
  }),

  'users.unsubscribe': define(
    'users.unsubscribe',
    z.object({ users }),
    async ({ core, actor, hub, caller }, params) => {
      for (const ref of params.users) {
        const user = await findUser(core.db, actor.service, ref);
        if (user && caller.watched.delete(user.sid)) hub.unwatch(caller, user.sid);
      }
      return {};
    },
  ),
} satisfies Partial<Record<string, Method>>;
