import { conversationPermissions, defaultRoles, type Permission, servicePermissions } from './permissions.ts';

const meanings: Record<Permission, string> = {
  createConversation: 'create conversations',
  joinConversation: 'join a conversation that one sees',
  addParticipant: 'add chat users',
  removeParticipant: 'remove others',
  leaveConversation: 'leave',
  deleteConversation: 'delete the conversation',
  editConversationName: 'change its friendly and unique name',
  editConversationAttributes: 'change its attributes',
  sendMessage: 'send text',
  sendMediaMessage: 'send media',
  editOwnMessage: 'change the body of own messages',
  editAnyMessage: 'change the body of all messages',
  editOwnMessageAttributes: 'change the attributes of own messages',
  editAnyMessageAttributes: 'change the attributes of all messages',
  deleteOwnMessage: 'delete own messages',
  deleteAnyMessage: 'delete all messages',
  editOwnUserInfo: "change one's own friendly name and attributes",
  editAnyUserInfo: 'change those of every user, or, as a role in a conversation, of those who are in it',
  addNonChatParticipant: 'add people on SMS, WhatsApp …',
  editOwnParticipantAttributes: 'change the attributes of oneself as a participant',
  editAnyParticipantAttributes: 'change those of every participant',
  editNotificationLevel: 'mute the conversation',
};

/** The page `docs/reference/roles.md`. */
export function rolesPage(): string {
  const mark = (has: boolean) => (has ? '✓' : '');
  const roles = defaultRoles.map(({ friendlyName }) => friendlyName);
  const rows = (Object.keys(meanings) as Permission[]).map((permission) => {
    const scopes = [servicePermissions, conversationPermissions].map((all: readonly string[]) =>
      mark(all.includes(permission)),
    );
    const given = defaultRoles.map(({ permissions }) => mark(permissions.includes(permission)));
    return `| \`${permission}\` | ${meanings[permission]} | ${[...scopes, ...given].join(' | ')} |`;
  });
  return `# Roles

Made from \`packages/protocol/src/permissions.ts\`; a test says when it is not.

A role is a list of permissions. One of type \`service\` counts everywhere in its service, one of type \`conversation\`
in the conversation where a participant has it; a user may do what either allows. Back ends, which have the account's
credentials, may do everything. The columns say in which type of role a permission may be, and which of the four roles
of a new service has it.

| Permission | Lets a user | service | conversation | ${roles.join(' | ')} |
|---|---|:-:|:-:|${roles.map(() => ':-:').join('|')}|
${rows.join('\n')}

- New users get \`service user\`, unless the access token that makes them names another role
  (\`deployment_role_sid\`). The creator of a conversation gets \`channel admin\` when he joins it, everyone who is added
  \`channel user\`; people outside chat have no role. A service can name other roles for each of the three.
- A role holds at least one permission, each of its type (50104). Updating replaces the list, and counts at once for
  everyone who has the role. Names may repeat; type and name never change.
- A role that somebody has, or that the service gives, cannot be deleted: 409 with code 20409.
- Who may write in a conversation is a participant of it: a service role alone does not make one (50430).
- Who sees which conversation, and why the creator may add phones: [decision 4](../decisions/0004-roles.md).
`;
}
