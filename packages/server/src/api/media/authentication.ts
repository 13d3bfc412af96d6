import type { Sid } from '@colloquy/protocol';
import type { FastifyRequest } from 'fastify';
import type { AccountActor, UserActor } from '../../core/actor.ts';
import type { Core } from '../../core/core.ts';
import { refuse } from '../../core/refusal.ts';
import { type BasicCredentials, basicAuthentication } from '../http/authentication.ts';
import { userOf } from '../token-user.ts';
import { type AccessToken, verifyToken } from '../tokens.ts';

/** Who asks, as far as the request's own credentials tell. */
export type Caller = { kind: 'account' } | { kind: 'user'; token: AccessToken };

/**
 * Back ends have Basic credentials; app users an access token, in `X-Twilio-Token` as the official SDK sends it or as
 * a bearer (RFC 6750).
 *
 * @throws Refusal 20003, or of a token 20101 to 20157
 */
export function authenticator(credentials: BasicCredentials, core: Core) {
  const isAuthentic = basicAuthentication(credentials);
  return async ({ headers }: FastifyRequest): Promise<Caller> => {
    const { authorization } = headers;
    const own = headers['x-twilio-token'];
    const token = typeof own === 'string' && own !== '' ? own : /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (token !== undefined) return { kind: 'user', token: await verifyToken(token, credentials, core.clock.now()) };
    if (!isAuthentic(authorization)) throw refuse(20003);
    return { kind: 'account' };
  };
}

/** Who acts in a service. Undefined: the service is none of his. */
export async function actorIn(
  core: Core,
  credentials: BasicCredentials,
  caller: Caller,
  service: string,
): Promise<AccountActor | UserActor | undefined> {
  const account = credentials.accountSid as Sid<'AC'>;
  if (caller.kind === 'account') return { kind: 'account', account };
  return caller.token.service === service ? userOf(core, caller.token) : undefined;
}
