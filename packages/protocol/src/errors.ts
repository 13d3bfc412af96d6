/**
 * Every error the server answers with: contract code, HTTP status, message, and what to do about it.
 * Codes and statuses: behaviour reference, sections 2.2 to 2.6. Messages in `{braces}` have holes that
 * are filled when the error is thrown. The message is for programs and people; the help is for people.
 */
interface ErrorEntry {
  status: number;
  message: string;
  help: string;
}

export const errors = {
  20001: {
    status: 400,
    message: 'Missing required parameter {parameter} in the post body',
    help: 'Send the parameter with a value.',
  },
  20002: { status: 400, message: 'Invalid FriendlyName', help: 'Give a name of 1 to 256 characters.' },
  20003: {
    status: 401,
    message: 'Authenticate',
    help: 'Send HTTP Basic credentials: account SID and auth token, or API key SID and secret.',
  },
  20004: { status: 405, message: 'Method not allowed', help: 'The Allow header lists the methods of this path.' },
  20006: { status: 403, message: 'Access Denied', help: 'These credentials do not reach this resource.' },
  20101: { status: 401, message: 'Invalid Access Token', help: 'Make a new token; this text is not a JWT.' },
  20102: {
    status: 401,
    message: 'Invalid Access Token header',
    help: 'The header must have alg HS256 and cty twilio-fpa;v=1.',
  },
  20103: {
    status: 401,
    message: 'Invalid Access Token issuer/subject',
    help: 'Sign with an API key of this server (iss) and name its account (sub).',
  },
  20104: { status: 401, message: 'Access Token expired', help: 'Make a new token.' },
  20105: {
    status: 401,
    message: 'Access Token not yet valid',
    help: 'Check the clock of the machine that made it (nbf).',
  },
  20106: {
    status: 401,
    message: 'Invalid Access Token grants',
    help: 'The token needs grants.identity and grants.chat.service_sid with a service of this account.',
  },
  20107: {
    status: 401,
    message: 'Invalid Access Token signature',
    help: 'Sign with the secret of the API key that iss names.',
  },
  20157: {
    status: 401,
    message: 'Access Token lifetime above the maximum',
    help: 'A token may last 24 hours at most.',
  },
  20404: {
    status: 404,
    message: 'The requested resource {path} was not found',
    help: 'Check the path and the SIDs in it.',
  },
  20409: { status: 409, message: 'Conflict: {reason}', help: 'Fetch the resource and try again.' },
  20413: { status: 413, message: 'Request entity too large', help: 'Send at most {limit}.' },
  20415: {
    status: 415,
    message: 'Unsupported content type',
    help: 'Send application/x-www-form-urlencoded (or JSON where the page of the operation says so).',
  },
  20422: {
    status: 400,
    message: 'Invalid parameter {parameter}: {reason}',
    help: 'Send a value of the kind that the message names.',
  },
  20423: {
    status: 400,
    message: 'Invalid SID in {parameter}',
    help: 'A SID is its two-letter prefix and 32 hexadecimal digits.',
  },
  20429: { status: 429, message: 'Too Many Requests', help: 'Wait as long as Retry-After says.' },
  20500: {
    status: 500,
    message: 'Internal server error',
    help: 'Not your fault. The log has the details under the request id of this answer.',
  },
  20503: {
    status: 503,
    message: 'Service unavailable',
    help: 'The server is starting, stopping, overloaded or out of disk space; try again soon.',
  },

  50003: { status: 400, message: 'Friendly name is too long', help: 'At most 256 characters.' },
  50004: { status: 400, message: 'Unique name is too long', help: 'At most 256 characters.' },
  50050: { status: 404, message: 'Service not found', help: 'List the services to find its SID.' },
  50100: { status: 404, message: 'Role not found', help: 'List the roles of the service to find its SID.' },
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
  50107: {
    status: 403,
    message: 'User not authorized for command',
    help: 'Neither the service role nor the conversation role of the user has the permission {permission}.',
  },
  50200: { status: 404, message: 'User not found', help: 'Check the identity; it is case-sensitive.' },
  50201: { status: 409, message: 'User already exists', help: 'Fetch or update it by its identity.' },
  50203: { status: 400, message: 'Identity is reserved', help: 'Choose another identity than "system".' },
  50204: { status: 400, message: 'Identity is missing', help: 'Send an identity of 1 to 256 characters.' },
  50206: {
    status: 400,
    message: 'Identity looks like a SID of a user or participant',
    help: 'Choose an identity of another form.',
  },
  50207: { status: 400, message: 'Identity is too long', help: 'At most 256 characters.' },
  50210: { status: 400, message: 'Unknown notification level', help: 'Send default or muted.' },
  50211: {
    status: 400,
    message: 'Identity may not be given for a participant with an address and a proxy address',
    help: 'Send either Identity, or MessagingBinding.Address with MessagingBinding.ProxyAddress.',
  },
  50214: {
    status: 400,
    message: 'User is in too many conversations',
    help: 'Close or leave some of them first; closed ones do not count.',
  },
  50303: { status: 400, message: 'Attributes are too long', help: 'At most {limit} bytes of JSON text.' },
  50304: { status: 400, message: 'Attributes not valid JSON', help: 'Send JSON text, for example {"a":1}.' },
  50308: {
    status: 400,
    message: 'DateCreated is not a valid date',
    help: 'Send ISO 8601, for example 2026-01-31T12:00:00Z.',
  },
  50309: {
    status: 400,
    message: 'DateUpdated is not a valid date',
    help: 'Send ISO 8601, for example 2026-01-31T12:00:00Z.',
  },
  50310: { status: 400, message: 'Author is too long', help: 'At most 256 characters.' },
  50341: {
    status: 400,
    message: 'Messaging service SID is malformed',
    help: 'It is MG and 32 hexadecimal digits.',
  },
  50347: {
    status: 400,
    message: 'Update request has no parameters',
    help: 'Send at least one of the parameters of the operation.',
  },
  50350: {
    status: 404,
    message: 'Conversation not found',
    help: 'Check the SID or unique name, and that the user is in it.',
  },
  50353: {
    status: 409,
    message: 'Conversation with provided unique name already exists',
    help: 'Fetch the other one by that name, or choose another name.',
  },
  50374: { status: 400, message: 'State may not be empty', help: 'Send active, inactive or closed.' },
  50375: { status: 400, message: 'Inactive timer is too short', help: 'At least one minute (PT1M).' },
  50376: { status: 400, message: 'Closed timer is too short', help: 'At least ten minutes (PT10M).' },
  50377: {
    status: 400,
    message: 'Conversation is closed',
    help: 'A closed conversation can be read and deleted, not changed. Create a new one.',
  },
  50378: { status: 400, message: 'Unknown conversation state', help: 'Send active, inactive or closed.' },
  50379: { status: 400, message: 'Inactive timer is not a duration', help: 'Send ISO 8601, for example PT24H.' },
  50380: { status: 400, message: 'Closed timer is not a duration', help: 'Send ISO 8601, for example P7D.' },
  50384: { status: 400, message: 'A new conversation may not be closed', help: 'Create it active, close it later.' },
  50386: { status: 400, message: 'Conversation is still initializing', help: 'Try again in a moment.' },
  50390: {
    status: 400,
    message: 'Unique name looks like a conversation SID',
    help: 'Choose a name of another form.',
  },
  50405: {
    status: 400,
    message: 'Last read timestamp is not a valid date',
    help: 'Send ISO 8601, for example 2026-01-31T12:00:00Z.',
  },
  50407: { status: 400, message: 'Invalid messaging binding address', help: '{reason}' },
  50408: { status: 400, message: 'Invalid messaging binding proxy address', help: '{reason}' },
  50409: {
    status: 400,
    message: 'Address and proxy address are the same',
    help: 'The address is the person, the proxy address is your own number.',
  },
  50411: { status: 400, message: 'Messaging binding address is empty', help: 'Send MessagingBinding.Address.' },
  50412: {
    status: 400,
    message: 'Messaging binding proxy address is empty',
    help: 'Send MessagingBinding.ProxyAddress.',
  },
  50413: {
    status: 403,
    message: 'Proxy address does not belong to the account',
    help: 'Use a number that one of the configured channels, or the sandbox, owns.',
  },
  50414: {
    status: 400,
    message: 'Address and proxy address are of different channels',
    help: 'Give both the same prefix, for example whatsapp: on both.',
  },
  50416: {
    status: 409,
    message: 'A binding for this participant and proxy address already exists in Conversation {conversation}',
    help: 'Close that conversation, remove the participant there, or use another proxy address.',
  },
  50417: { status: 400, message: 'Conversation has too many participants', help: 'At most {limit}.' },
  50418: { status: 400, message: 'Conversation has too many participants outside chat', help: 'At most {limit}.' },
  50421: {
    status: 400,
    message: 'Last read message index is not valid',
    help: 'Send a whole number from 0, or nothing to clear it.',
  },
  50430: { status: 403, message: 'Caller is not a participant', help: 'Join the conversation first.' },
  50432: { status: 404, message: 'Participant not found', help: 'List the participants to find its SID.' },
  50433: { status: 409, message: 'Participant already exists', help: 'Fetch it by its identity.' },
  50441: {
    status: 400,
    message: 'Failed to add a proxy address to a participant',
    help: 'Only a participant with an address can have a proxy address.',
  },
  50440: {
    status: 400,
    message: 'Failed to remove the proxy address of a participant',
    help: 'The participant has none, or nothing would be left of it.',
  },
  50442: {
    status: 400,
    message: 'Failed to remove the projected address of a participant',
    help: 'The participant has none, or nothing would be left of it.',
  },
  50443: {
    status: 400,
    message: 'Failed to add a projected address to a participant',
    help: 'The participant has a binding already.',
  },
  50444: {
    status: 400,
    message: 'Failed to add an identity to a participant',
    help: 'The participant has one already.',
  },
  50451: {
    status: 400,
    message: 'Both Identity and Address were given',
    help: 'Look up by exactly one of them.',
  },
  50500: { status: 404, message: 'Message not found', help: 'Check its SID or index.' },
  50503: { status: 400, message: 'Message body is missing', help: 'Send Body, MediaSid or ContentSid.' },
  50504: { status: 400, message: 'Message body is too long', help: 'At most {limit} bytes.' },
  50507: { status: 404, message: 'Media not found', help: 'Upload it first.' },
  50526: { status: 400, message: 'Content SID is malformed', help: 'It is HX and 32 hexadecimal digits.' },
  50527: { status: 400, message: 'Content variables are not a JSON object', help: 'Send for example {"1":"Ann"}.' },
  50528: { status: 400, message: 'Content variables without content SID', help: 'Send ContentSid as well.' },
  50530: { status: 404, message: 'Message has no channel metadata', help: 'Only messages from channels can have it.' },

  51001: { status: 429, message: 'Too many connections', help: 'Close some, or raise the limit.' },
  51128: { status: 429, message: 'Too many requests on one connection', help: 'Wait for answers before sending more.' },
} as const satisfies Record<number, ErrorEntry>;

export type ErrorCode = keyof typeof errors;

/** Fills the `{holes}` of a text. A hole without a value stays as it is: JSON in a help text has braces, too. */
export function fill(text: string, holes: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => (name in holes ? String(holes[name]) : hole));
}

/** The body of every REST error, exactly these four keys. */
export interface RestErrorBody {
  code: number;
  message: string;
  more_info: string;
  status: number;
}
