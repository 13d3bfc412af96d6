import type { Sid, UserResource } from '@colloquy/protocol';
import type { UsersTable } from '../../storage/schema.ts';

/** Reachability is off until the service can turn it on, and null says so. */
export function userResource(row: UsersTable): UserResource {
  return {
    sid: row.sid as Sid<'US'>,
    serviceSid: row.service_sid as Sid<'IS'>,
    identity: row.identity,
    friendlyName: row.friendly_name,
    attributes: row.attributes,
    roleSid: row.role_sid as Sid<'RL'>,
    isOnline: null,
    isNotifiable: null,
    dateCreated: row.date_created,
    dateUpdated: row.date_updated,
  };
}
