import { timingSafeEqual } from 'node:crypto';

/** The two pairs of user name and password that reach the account. */
export interface BasicCredentials {
  accountSid: string;
  authToken: string;
  apiKeySid: string;
  apiKeySecret: string;
}

const basicForm = /^basic +([a-z0-9+/]+={0,2}) *$/i;

/**
 * HTTP Basic authentication (RFC 7617) by account SID and auth token, or by API key SID and secret.
 *
 * @returns whether an Authorization header is good; how long it takes tells at most how long the right one is
 */
export function basicAuthentication(credentials: BasicCredentials): (header: string | undefined) => boolean {
  const account = Buffer.from(`${credentials.accountSid}:${credentials.authToken}`);
  const apiKey = Buffer.from(`${credentials.apiKeySid}:${credentials.apiKeySecret}`);
  return (header) => {
    const encoded = header === undefined ? undefined : basicForm.exec(header)?.[1];
    if (encoded === undefined) return false;
    const given = Buffer.from(encoded, 'base64');
    const isAccount = isEqual(given, account);
    const isApiKey = isEqual(given, apiKey);
    return isAccount || isApiKey;
  };
}

function isEqual(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}
