import { defaultRoles } from '@colloquy/protocol';
import type { ServicesTable } from '../../storage/schema.ts';
import type { Transaction } from '../transaction.ts';

/** A service with its four default roles, three of which it hands out (behaviour reference, section 9.3). */
export async function addService(tx: Transaction, account: string, friendlyName: string): Promise<ServicesTable> {
  const sid = tx.newSid('IS');
  const roles = defaultRoles.map((role) => ({
    sid: tx.newSid('RL'),
    account_sid: account,
    service_sid: sid,
    friendly_name: role.friendlyName,
    type: role.type,
    permissions: JSON.stringify(role.permissions),
    date_created: tx.now,
    date_updated: tx.now,
  }));
  const roleNamed = (name: string): string => {
    const role = roles.find((each) => each.friendly_name === name);
    if (!role) throw new Error(`No default role is called ${name}.`);
    return role.sid;
  };
  const row: ServicesTable = {
    sid,
    account_sid: account,
    friendly_name: friendlyName,
    default_conversation_creator_role_sid: roleNamed('channel admin'),
    default_conversation_role_sid: roleNamed('channel user'),
    default_chat_service_role_sid: roleNamed('service user'),
    reachability_enabled: 0,
    date_created: tx.now,
    date_updated: tx.now,
  };
  await tx.sql.insertInto('roles').values(roles).execute();
  await tx.sql.insertInto('services').values(row).execute();
  return row;
}
