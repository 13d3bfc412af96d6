import { createHash } from 'node:crypto';
import { isSid, type Sid } from '@colloquy/protocol';
import { decodeJwt, decodeProtectedHeader, type JWTPayload, errors as jose, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { refuse } from '../core/refusal.ts';
import { isStorable } from '../core/storable.ts';

/** Contract, "Access Token Lifecycle": a token lasts a day at most. */
const longestLifetime = 24 * 60 * 60;
/** By how much the clock of whoever makes tokens may be ahead; seconds. */
const clockTolerance = 300;
const defaultLifetime = 60 * 60;
const contentType = 'twilio-fpa;v=1';

/** The keys that sign tokens of an account. */
export interface TokenKeys {
  accountSid: string;
  apiKeySid: string;
  apiKeySecret: string;
}

/** What a good token says. */
export interface AccessToken {
  account: Sid<'AC'>;
  service: Sid<'IS'>;
  identity: string;
  /** Milliseconds. */
  expires: number;
  /** A role for a user whom this token makes. */
  role: Sid<'RL'> | undefined;
  /** What devices of the user are registered with for push notifications. */
  pushCredential: Sid<'CR'> | undefined;
}

const chatGrant = z.object({
  service_sid: z.string().refine((text) => isSid(text, 'IS')),
  deployment_role_sid: z
    .string()
    .refine((text) => isSid(text, 'RL'))
    .optional(),
  push_credential_sid: z
    .string()
    .refine((text) => isSid(text, 'CR'))
    .optional(),
});

/** Half a surrogate pair would be stored as U+FFFD: two such identities would be one user. */

const grants = z
  .object({
    identity: z.string().min(1).refine(isStorable),
    chat: chatGrant.optional(),
    ip_messaging: chatGrant.optional(),
  })
  .refine((value) => value.chat !== undefined || value.ip_messaging !== undefined);

/**
 * Checks an access token of the contract's form: HS256, `cty: twilio-fpa;v=1`, signed with an API key.
 * Whether the service exists is the caller's to ask.
 *
 * @throws Refusal 20101 to 20107, 20157
 */
export async function verifyToken(token: string, keys: TokenKeys, now: number): Promise<AccessToken> {
  const { header, claimed } = read(token);
  if (header.alg !== 'HS256' || header.cty !== contentType) throw refuse(20102);
  // Whose key to check the signature with; nothing else of the claims is believed before that.
  if (claimed.iss !== keys.apiKeySid) throw refuse(20103);
  const payload = await verifySignature(token, keys, now);
  if (payload.sub !== keys.accountSid) throw refuse(20103);
  if (typeof payload.exp !== 'number') throw refuse(20104);
  // One that says that it was made later does not last longer for that.
  const begins = Math.min(payload.iat ?? payload.nbf ?? now / 1000, now / 1000 + clockTolerance);
  if (payload.exp - begins > longestLifetime) throw refuse(20157);
  const granted = grants.safeParse(payload.grants);
  if (!granted.success) throw refuse(20106);
  const chat = granted.data.chat ?? granted.data.ip_messaging;
  return {
    account: keys.accountSid as Sid<'AC'>,
    service: chat?.service_sid as Sid<'IS'>,
    identity: granted.data.identity,
    expires: payload.exp * 1000,
    role: chat?.deployment_role_sid as Sid<'RL'> | undefined,
    pushCredential: chat?.push_credential_sid as Sid<'CR'> | undefined,
  };
}

function read(token: string): { header: { alg?: unknown; cty?: unknown }; claimed: JWTPayload } {
  try {
    return { header: decodeProtectedHeader(token), claimed: decodeJwt(token) };
  } catch {
    throw refuse(20101);
  }
}

async function verifySignature(token: string, keys: TokenKeys, now: number) {
  try {
    const { payload } = await jwtVerify(token, secretOf(keys), {
      algorithms: ['HS256'],
      currentDate: new Date(now),
    });
    return payload;
  } catch (error) {
    if (error instanceof jose.JWTExpired) throw refuse(20104);
    if (error instanceof jose.JWTClaimValidationFailed) throw refuse(error.claim === 'nbf' ? 20105 : 20101);
    if (error instanceof jose.JWSSignatureVerificationFailed) throw refuse(20107);
    throw refuse(20101);
  }
}

export interface NewToken {
  identity: string;
  service: string;
  /** Seconds; an hour when left out. */
  lifetime?: number;
  /** For push notifications. */
  pushCredential?: string;
  /** What a user who is made by this token may do: a role of type service. */
  role?: string;
}

/** Makes a token just like those of the official helper libraries. */
export async function makeToken(keys: TokenKeys, token: NewToken, now: number): Promise<string> {
  const issued = Math.floor(now / 1000);
  const id = createHash('sha256').update(`${token.identity}:${token.service}`).digest('hex').slice(0, 12);
  const chat = {
    service_sid: token.service,
    ...(token.pushCredential !== undefined && { push_credential_sid: token.pushCredential }),
    ...(token.role !== undefined && { deployment_role_sid: token.role }),
  };
  return new SignJWT({ grants: { identity: token.identity, chat } })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', cty: contentType })
    .setJti(`${keys.apiKeySid}-${issued}-${id}`)
    .setIssuer(keys.apiKeySid)
    .setSubject(keys.accountSid)
    .setIssuedAt(issued)
    .setExpirationTime(issued + (token.lifetime ?? defaultLifetime))
    .sign(secretOf(keys));
}

function secretOf(keys: TokenKeys): Uint8Array {
  return new TextEncoder().encode(keys.apiKeySecret);
}
