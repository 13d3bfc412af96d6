/** Permissions of service-wide roles. Contract: "Role Resource". */
export const servicePermissions = [
  'createConversation',
  'joinConversation',
  'addParticipant',
  'removeParticipant',
  'deleteConversation',
  'editConversationName',
  'editConversationAttributes',
  'editOwnMessage',
  'editAnyMessage',
  'editOwnMessageAttributes',
  'editAnyMessageAttributes',
  'deleteAnyMessage',
  'editOwnUserInfo',
  'editAnyUserInfo',
] as const;

/** Permissions of roles in one conversation; the last four are accepted though the public table lacks them. */
export const conversationPermissions = [
  'addParticipant',
  'removeParticipant',
  'leaveConversation',
  'deleteConversation',
  'editConversationName',
  'editConversationAttributes',
  'sendMessage',
  'sendMediaMessage',
  'editOwnMessage',
  'editAnyMessage',
  'editOwnMessageAttributes',
  'editAnyMessageAttributes',
  'deleteOwnMessage',
  'deleteAnyMessage',
  'editOwnUserInfo',
  'editAnyUserInfo',
  'addNonChatParticipant',
  'editOwnParticipantAttributes',
  'editAnyParticipantAttributes',
  'editNotificationLevel',
] as const;

export type Permission = (typeof servicePermissions)[number] | (typeof conversationPermissions)[number];
export type RoleType = 'conversation' | 'service';

/**
 * The roles that every new service gets.
 *
 * `service user` lets nobody add people who are not in chat; the creator of a conversation may, since
 * the SDK's `addNonChatParticipant` is of little use otherwise.
 */
export const defaultRoles: readonly { friendlyName: string; type: RoleType; permissions: readonly Permission[] }[] = [
  { friendlyName: 'service admin', type: 'service', permissions: servicePermissions },
  {
    friendlyName: 'service user',
    type: 'service',
    permissions: ['createConversation', 'joinConversation', 'editOwnUserInfo'],
  },
  {
    friendlyName: 'channel admin',
    type: 'conversation',
    permissions: [
      'deleteConversation',
      'removeParticipant',
      'editConversationName',
      'editConversationAttributes',
      'addParticipant',
      'addNonChatParticipant',
      'sendMessage',
      'sendMediaMessage',
      'leaveConversation',
      'editAnyMessage',
      'editAnyMessageAttributes',
      'editAnyParticipantAttributes',
      'deleteAnyMessage',
      'editNotificationLevel',
    ],
  },
  {
    friendlyName: 'channel user',
    type: 'conversation',
    permissions: [
      'sendMessage',
      'sendMediaMessage',
      'leaveConversation',
      'editOwnMessage',
      'editOwnMessageAttributes',
      'deleteOwnMessage',
      'editOwnParticipantAttributes',
      'editNotificationLevel',
    ],
  },
];
