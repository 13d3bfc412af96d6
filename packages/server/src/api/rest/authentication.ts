import { hash, timingSafeEqual } from 'node:crypto';

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
 * @returns whether an Authorization header is good; how long it takes does not tell how near it was
 */
export function basicAuthentication(credentials: BasicCredentials): (header: string | undefined) => boolean {
  const account = digest(Buffer.from(`${credentials.accountSid}:${credentials.authToken}`));
  const apiKey = digest(Buffer.from(`${credentials.apiKeySid}:${credentials.apiKeySecret}`));
  return (header) => {
    const encoded = header === undefined ? undefined : basicForm.exec(header)?.[1];
    if (encoded === undefined) return false;
    // Digests are equally long whatever was sent, which a constant-time comparison needs.
    const given = digest(Buffer.from(encoded, 'base64'));
    const isAccount = timingSafeEqual(given, account);
    const isApiKey = timingSafeEqual(given, apiKey);
    return isAccount || isApiKey;
  };
}

function digest(text: Buffer): Buffer {
  return hash('sha256', text, 'buffer');
}
