import type { Sid } from '@colloquy/protocol';
import type { ServicesTable, UsersTable } from '../../storage/schema.ts';
import { checkIdentity } from '../checks.ts';
import { appendEvent } from '../log.ts';
import { defaultRole } from '../roles/default-role.ts';
import type { Transaction } from '../transaction.ts';
import { userResource } from './resource.ts';
import { insertUser, selectUser } from './store.ts';

export interface NewUser {
  identity: string;
  friendlyName: string | null;
  attributes: string;
  role: string;
}

/** Adds a user who is known not to be there. His stream begins with the event of it. */
export async function addUser(tx: Transaction, service: ServicesTable, user: NewUser): Promise<UsersTable> {
  const row: UsersTable = {
    sid: tx.newSid('US'),
    account_sid: service.account_sid,
    service_sid: service.sid,
    identity: user.identity,
    friendly_name: user.friendlyName,
    attributes: user.attributes,
    role_sid: user.role,
    head: 1,
    position: 1,
    date_created: tx.now,
    date_updated: tx.now,
  };
  await insertUser(tx, row);
  await appendEvent(tx, row.sid as Sid<'US'>, 1, 'user.added', userResource(row));
  return row;
}

/**
 * The user of an identity, made if missing: on first connection and when added as a participant.
 *
 * @param friendlyName what a new one is called
 */
export async function ensureUser(
  tx: Transaction,
  service: ServicesTable,
  identity: string,
  friendlyName: string | null,
  role?: string,
): Promise<UsersTable> {
  checkIdentity(identity, tx.limits);
  const known = await selectUser(tx, service.sid, identity);
  if (known) return known;
  return addUser(tx, service, {
    identity,
    friendlyName,
    attributes: '{}',
    role: role ?? (await defaultRole(tx, service, 'default_chat_service_role_sid')),
  });
}
