import { sql } from 'kysely';
import { prepare, prepareHolding, prepareLocking, prepareText } from '../../storage/db.ts';

/**
 * All that decides what a user may do in a conversation, in one query, since each message asks for it:
 * his participant, the permissions of that one's role, and those of his service role. No row: no such user.
 */
export const standingOf = prepare((sql, p: { conversation: string; user: string }) =>
  sql
    .selectFrom('users')
    .innerJoin('roles as service_role', 'service_role.sid', 'users.role_sid')
    .leftJoin('participants', (join) =>
      join
        .onRef('participants.identity', '=', 'users.identity')
        .on('participants.conversation_sid', '=', p.conversation),
    )
    .leftJoin('roles as own_role', 'own_role.sid', 'participants.role_sid')
    .select([
      'participants.sid as participant',
      'own_role.permissions as here',
      'service_role.permissions as everywhere',
    ])
    .where('users.sid', '=', p.user),
);

/**
 * The same for several at once. Of back ends, who are no users, it is asked which participant the author is whom they name.
 */
export const standingsOf = prepareText(
  (p: { conversations: string[]; users: (string | null)[]; identities: (string | null)[] }) => sql<{
    participant: string | null;
    here: string | null;
    everywhere: string | null;
  }>`
    SELECT participants.sid AS participant, own_role.permissions AS here, service_role.permissions AS everywhere
    FROM unnest(${p.conversations}::text[], ${p.users}::text[], ${p.identities}::text[])
      WITH ORDINALITY AS asked (conversation, "user", identity, place)
    LEFT JOIN users ON users.sid = asked."user"
    LEFT JOIN roles AS service_role ON service_role.sid = users.role_sid
    LEFT JOIN participants ON participants.conversation_sid = asked.conversation
      AND participants.identity = CASE WHEN asked."user" IS NULL THEN asked.identity ELSE users.identity END
    LEFT JOIN roles AS own_role ON own_role.sid = participants.role_sid
    ORDER BY asked.place`,
);

/** The user's service-wide permissions, as the JSON text of his role. */
export const userPermissions = prepare((sql, p: { user: string }) =>
  sql
    .selectFrom('users')
    .innerJoin('roles', 'roles.sid', 'users.role_sid')
    .select('roles.permissions')
    .where('users.sid', '=', p.user),
);

/** What the user's roles in conversations allow, each once. */
export const rolesInConversations = prepare((sql, p: { user: string }) =>
  sql
    .selectFrom('participants')
    .innerJoin('roles', 'roles.sid', 'participants.role_sid')
    .select('roles.permissions')
    .distinct()
    .where('participants.user_sid', '=', p.user),
);

/** The same of those conversations that another user is in too. */
export const rolesInSharedConversations = prepare((sql, p: { user: string; other: string }) =>
  sql
    .selectFrom('participants')
    .innerJoin('roles', 'roles.sid', 'participants.role_sid')
    .innerJoin('participants as others', 'others.conversation_sid', 'participants.conversation_sid')
    .select('roles.permissions')
    .distinct()
    .where('participants.user_sid', '=', p.user)
    .where('others.user_sid', '=', p.other),
);

export const participantByIdentity = prepareLocking((sql, p: { conversation: string; identity: string }) =>
  sql
    .selectFrom('participants')
    .selectAll()
    .where('conversation_sid', '=', p.conversation)
    .where('identity', '=', p.identity),
);

export const rolePermissions = prepare((sql, p: { role: string }) =>
  sql.selectFrom('roles').select('permissions').where('sid', '=', p.role),
);

/** Whoever gives a role holds it: nobody deletes it before that is committed. */
export const roleInService = prepareHolding((sql, p: { service: string; role: string }) =>
  sql.selectFrom('roles').selectAll().where('sid', '=', p.role).where('service_sid', '=', p.service),
);

export const heldRole = prepareHolding((sql, p: { role: string }) =>
  sql.selectFrom('roles').select('sid').where('sid', '=', p.role),
);

/** Whoever deletes a role waits for those who are giving it. */
export const lockedRole = prepareLocking((sql, p: { service: string; role: string }) =>
  sql.selectFrom('roles').selectAll().where('sid', '=', p.role).where('service_sid', '=', p.service),
);

export const serviceBySid = prepare((sql, p: { account: string; service: string }) =>
  sql.selectFrom('services').selectAll().where('sid', '=', p.service).where('account_sid', '=', p.account),
);
