import { prepare } from '../../storage/db.ts';

/** The user's service-wide permissions, as the JSON text of his role. */
export const userPermissions = prepare((sql, p: { user: string }) =>
  sql
    .selectFrom('users')
    .innerJoin('roles', 'roles.sid', 'users.role_sid')
    .select('roles.permissions')
    .where('users.sid', '=', p.user),
);

export const participantByIdentity = prepare((sql, p: { conversation: string; identity: string }) =>
  sql
    .selectFrom('participants')
    .selectAll()
    .where('conversation_sid', '=', p.conversation)
    .where('identity', '=', p.identity),
);

export const rolePermissions = prepare((sql, p: { role: string }) =>
  sql.selectFrom('roles').select('permissions').where('sid', '=', p.role),
);

export const roleInService = prepare((sql, p: { service: string; role: string }) =>
  sql.selectFrom('roles').selectAll().where('sid', '=', p.role).where('service_sid', '=', p.service),
);

export const serviceBySid = prepare((sql, p: { account: string; service: string }) =>
  sql.selectFrom('services').selectAll().where('sid', '=', p.service).where('account_sid', '=', p.account),
);
