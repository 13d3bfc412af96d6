import { z } from 'zod';
import { refuse } from '../../../core/refusal.ts';
import { findUser, updateUser } from '../../../core/users/actions.ts';
import type { UsersTable } from '../../../storage/schema.ts';
import { answer, type Handle, nameIn, readBody } from '../call.ts';
import { iso } from '../sync/data.ts';
import { objectOf } from '../sync/objects.ts';
import { links } from './links.ts';

/** `GET {users}/{identity}`: users of a service may know of each other. */
export const getUser: Handle = async (call) => {
  const { core, actor } = call;
  const row = await findUser(core.db, actor.service, nameIn(call, 'user'));
  if (!row) throw refuse(50200);
  return answer(present(row));
};

const change = z.object({ friendly_name: z.string().nullish(), attributes: z.string().optional() });

/** `POST {users}/{identity}`. */
export const changeUser: Handle = async (call) => {
  const { core, actor, idempotency } = call;
  const { friendly_name: friendlyName, attributes } = readBody(call, change);
  const input = { service: actor.service, user: nameIn(call, 'user'), friendlyName, attributes };
  return answer(present(await core.run(updateUser, actor, input, idempotency)));
};

function present(row: UsersTable) {
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    chat_service_sid: row.service_sid,
    identity: row.identity,
    friendly_name: row.friendly_name,
    attributes: row.attributes,
    role_sid: row.role_sid,
    date_created: iso(row.date_created),
    date_updated: iso(row.date_updated),
    url: links.user(row.identity),
    sync_objects: { user_info_map: objectOf('userInfo', row.sid).uniqueName },
  };
}
