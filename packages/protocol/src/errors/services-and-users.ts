import type { ErrorEntry } from './entry.ts';

/** Errors of services, roles and users (behaviour reference, section 2.4). */
export const serviceAndUserErrors = {
  50000: { status: 400, message: 'Friendly name is missing', help: 'Send FriendlyName.' },
  50001: { status: 400, message: 'Account SID is missing', help: 'Name the account.' },
  50002: {
    status: 409,
    message: 'Resource is being deleted',
    help: 'Wait until it is gone; it can no longer be changed.',
  },
  50003: {
    status: 400,
    message: 'Friendly name is too long: more than {limit} characters',
    help: 'Send a shorter one.',
  },
  50004: { status: 400, message: 'Unique name is too long: more than {limit} characters', help: 'Send a shorter one.' },
  50006: { status: 400, message: 'Account SID is malformed', help: 'It is AC and 32 hexadecimal digits.' },
  50050: { status: 404, message: 'Service not found', help: 'List the services to find its SID.' },
  50051: { status: 400, message: 'Service SID is missing', help: 'Name the service: IS and 32 hexadecimal digits.' },
  50052: { status: 400, message: 'Consumption report interval is malformed', help: 'Send a whole number of seconds.' },
  50053: { status: 400, message: 'Typing indicator timeout is malformed', help: 'Send a whole number of seconds.' },
  50054: {
    status: 400,
    message: 'Webhook settings are malformed',
    help: 'Check the URL, the method and the names of the events.',
  },
  50055: { status: 400, message: 'Webhook method is invalid', help: 'Send GET or POST.' },
  50056: {
    status: 403,
    message: 'A webhook refused the action',
    help: 'Your own webhook answered this request with something else than 200; ask its log why.',
  },
  50057: {
    status: 400,
    message: 'Webhook could not be called',
    help: 'Check that the address of your webhook is reachable from this server.',
  },
  50058: { status: 400, message: 'Notification template is too long', help: 'Shorten it.' },
  50059: { status: 400, message: 'Notification sound is too long', help: 'Shorten the name of the sound.' },
  50060: {
    status: 400,
    message: 'Limit of conversations per user is malformed',
    help: 'Send a whole number from 1 to 1000.',
  },
  50061: {
    status: 400,
    message: 'Limit of participants per conversation is malformed',
    help: 'Send a whole number from 1 to 1000.',
  },
  50063: {
    status: 429,
    message: 'Too many actions per second in this service',
    help: 'Wait as long as Retry-After says, then go on more slowly.',
  },
  50065: { status: 400, message: 'Webhook retry count is malformed', help: 'Send a whole number from 0 to 3.' },
  50068: {
    status: 400,
    message: 'Unique name of the service is malformed',
    help: 'Give a name of 1 to 256 characters that does not look like a SID.',
  },
  50069: { status: 409, message: 'Unique name of the service is taken', help: 'Choose another name.' },
  50074: {
    status: 429,
    message: 'Too many actions per second',
    help: 'Wait as long as Retry-After says, then go on more slowly.',
  },
  50076: {
    status: 400,
    message: 'Webhook did not answer in time',
    help: 'Your webhook has five seconds: answer first, work afterwards.',
  },
  50100: { status: 404, message: 'Role not found', help: 'List the roles of the service to find its SID.' },
  50101: {
    status: 404,
    message: 'Conversation role not found',
    help: 'List the roles of the service to find one of type conversation.',
  },
  50102: {
    status: 404,
    message: 'Service role not found',
    help: 'List the roles of the service to find one of type service.',
  },
  50103: { status: 400, message: 'Role SID is missing', help: 'Send RoleSid.' },
  50104: {
    status: 400,
    message: 'Unknown permission {permission}',
    help: 'The reference lists the permissions of each role type.',
  },
  50105: {
    status: 400,
    message: 'Role type is invalid',
    help: 'Conversation roles are for participants, service roles for users.',
  },
  50106: {
    status: 404,
    message: 'Service has no valid creator role',
    help: 'Set DefaultConversationCreatorRoleSid in the configuration of the service.',
  },
  50107: {
    status: 403,
    message: 'User not authorized for command',
    help: 'Neither the service role nor the conversation role of the user has the permission {permission}.',
  },
  50109: {
    status: 404,
    message: 'Role of the conversation not found',
    help: 'List the roles of the service to find its SID.',
  },
  50200: { status: 404, message: 'User not found', help: 'Check the identity; it is case-sensitive.' },
  50201: { status: 409, message: 'User already exists', help: 'Fetch or update it by its identity.' },
  50202: { status: 400, message: 'User SID is missing', help: 'Name the user by SID or identity.' },
  50203: { status: 400, message: 'Identity is reserved', help: 'Choose another identity than "system".' },
  50204: { status: 400, message: 'Identity is missing', help: 'Send an identity of at least one character.' },
  50205: {
    status: 403,
    message: 'User may not set roles',
    help: 'Set the role over REST, or give the user a role with the permission to do so.',
  },
  50206: {
    status: 400,
    message: 'Identity looks like a SID of a user or participant',
    help: 'Choose an identity of another form.',
  },
  50207: { status: 400, message: 'Identity is too long: more than {limit} characters', help: 'Send a shorter one.' },
  50208: { status: 400, message: 'User is in too many channels', help: 'Take the user out of some of them first.' },
  50209: { status: 400, message: 'Unknown binding type', help: 'Send apn, gcm or fcm.' },
  50210: { status: 400, message: 'Unknown notification level', help: 'Send default or muted.' },
  50211: {
    status: 400,
    message: 'Identity may not be given for a participant with an address and a proxy address',
    help: 'Send either Identity, or MessagingBinding.Address with MessagingBinding.ProxyAddress.',
  },
  50212: {
    status: 409,
    message: 'User is invited already',
    help: 'Wait for the invitation to be accepted, or take it back.',
  },
  50213: {
    status: 409,
    message: 'User is being added or removed by another request',
    help: 'Wait for that request to end, then try again.',
  },
  50214: {
    status: 400,
    message: 'User is in too many conversations: {limit}',
    help: 'Close or leave some of them first; closed ones do not count.',
  },
} as const satisfies Record<number, ErrorEntry>;
