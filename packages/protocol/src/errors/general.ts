import type { ErrorEntry } from './entry.ts';

/** Errors of every part of the API (behaviour reference, section 2.5). */
export const generalErrors = {
  20001: {
    status: 400,
    message: 'Missing required parameter {parameter} in the post body',
    help: 'Send the parameter with a value.',
  },
  20002: { status: 400, message: 'Invalid FriendlyName', help: 'Give a name of at least one character.' },
  20003: {
    status: 401,
    message: 'Authenticate',
    help: 'Send HTTP Basic credentials: account SID and auth token, or API key SID and secret.',
  },
  20004: { status: 405, message: 'Method not allowed', help: 'The Allow header lists the methods of this path.' },
  20005: { status: 403, message: 'Account not active', help: 'Activate the account before it is used.' },
  20006: { status: 403, message: 'Access Denied', help: 'These credentials do not reach this resource.' },
  20007: {
    status: 400,
    message: 'Page size is too large',
    help: 'Ask for at most 1000 items on a page; lists cut larger sizes down.',
  },
  20008: {
    status: 403,
    message: 'Resource not accessible with test credentials',
    help: "Use the account's own credentials.",
  },
  20009: {
    status: 409,
    message: 'Resource cannot be deleted before it is complete',
    help: 'Wait until it is complete, then delete it.',
  },
  20010: {
    status: 403,
    message: 'Action is disabled for the account',
    help: 'Enable it in the configuration of the server.',
  },
  20011: { status: 426, message: 'TLS version is too old', help: 'Connect with TLS 1.2 or newer.' },
  20012: {
    status: 426,
    message: 'TLS cipher is too old',
    help: 'Connect with a cipher suite that TLS 1.2 or newer recommends.',
  },
  20020: {
    status: 400,
    message: 'Update changes nothing',
    help: 'Send at least one value that differs from the present one.',
  },
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
  20151: {
    status: 401,
    message: 'Authentication failed',
    help: 'Make a new token, signed with the secret of a known API key.',
  },
  20152: {
    status: 401,
    message: 'Access Token header is invalid',
    help: 'The header must have alg HS256 and cty twilio-fpa;v=1.',
  },
  20153: {
    status: 401,
    message: 'Access Token issuer or subject is invalid',
    help: 'Sign with an API key of this server (iss) and name its account (sub).',
  },
  20154: {
    status: 401,
    message: 'Access Token claims are invalid',
    help: 'The token needs the claims jti, iss, sub, exp and grants.',
  },
  20155: {
    status: 401,
    message: 'Access Token has an unusable expiry date',
    help: 'Set exp to a moment within the next 24 hours, in seconds since 1970.',
  },
  20156: { status: 401, message: 'Access Token has expired', help: 'Make a new token.' },
  20157: {
    status: 401,
    message: 'Access Token lifetime above the maximum',
    help: 'A token may last 24 hours at most.',
  },
  20159: {
    status: 401,
    message: 'Access Token signature is not valid',
    help: 'Sign with the secret of the API key that iss names.',
  },
  20160: { status: 401, message: 'Access Token is not valid', help: 'Make a new token; this one cannot be read.' },
  20161: {
    status: 400,
    message: 'Update request without parameters',
    help: 'Send at least one of the parameters of the operation.',
  },
  20162: {
    status: 409,
    message: 'Another update of the resource is under way',
    help: 'Wait for it to end, fetch the resource, then update it.',
  },
  20403: { status: 403, message: 'Forbidden', help: 'Use credentials that may do this.' },
  20404: {
    status: 404,
    message: 'The requested resource {path} was not found',
    help: 'Check the path and the SIDs in it.',
  },
  20409: { status: 409, message: 'Conflict: {reason}', help: 'Fetch the resource and try again.' },
  20410: { status: 410, message: 'Resource is discontinued', help: 'Use the resource that took its place.' },
  20412: {
    status: 412,
    message: 'The message before it was not sent',
    help: 'Send that one first, or leave `after` out.',
  },
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
  20426: {
    status: 426,
    message: 'Upgrade required',
    help: 'Connect by a newer version of the protocol, as the Upgrade header says.',
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
  20504: {
    status: 504,
    message: 'Nobody can say whether it has happened',
    help: 'The database went away at the moment of the commit. Look whether it has happened, or send it again under the same key.',
  },
} as const satisfies Record<number, ErrorEntry>;
