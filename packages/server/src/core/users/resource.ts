import type { Sid, UserResource } from '@colloquy/protocol';
import type { Db } from '../../storage/db.ts';
import type { UsersTable } from '../../storage/schema.ts';
import { type Reachability, reachabilityOf, unknownReachability } from './reachability.ts';

/** @param reachability unknown for a user who was just made: he has never been connected */
export function userResource(row: UsersTable, reachability: Reachability = unknownReachability): UserResource {
  return {
    sid: row.sid as Sid<'US'>,
    serviceSid: row.service_sid as Sid<'IS'>,
    identity: row.identity,
    friendlyName: row.friendly_name,
    attributes: row.attributes,
    roleSid: row.role_sid as Sid<'RL'>,
    isOnline: reachability.isOnline,
    isNotifiable: reachability.isNotifiable,
    dateCreated: row.date_created,
    dateUpdated: row.date_updated,
    position: row.position,
  };
}

/** The same with how he can be reached now. */
export async function reachableResource(db: Db, row: UsersTable): Promise<UserResource> {
  return userResource(row, await reachabilityOf(db, row.sid));
}
