import type { Sid } from '@colloquy/protocol';
import type { UserActor } from '../core/actor.ts';
import type { Core } from '../core/core.ts';
import { Refusal, refuse } from '../core/refusal.ts';
import { connectUser, findUser } from '../core/users/actions.ts';
import { type AccessToken, type TokenKeys, verifyToken } from './tokens.ts';

/**
 * The user of an access token, made when he comes for the first time; later ones write nothing.
 *
 * @throws Refusal for what no user can be called, and for a service or role that is not there
 */
export async function userOf(core: Core, { account, service, identity, role }: AccessToken): Promise<UserActor> {
  const known = await findUser(core.db, service, identity);
  // A SID finds a user as well, but none has it for an identity: whoever signs up under another's would be that one.
  const isHis = known?.identity === identity && known.account_sid === account;
  const row = isHis ? known : await core.run(connectUser, { kind: 'system', account }, { service, identity, role });
  return { kind: 'user', account, service, user: row.sid as Sid<'US'>, identity: row.identity };
}

/**
 * The same for whoever connects with it. Whatever is wrong with what the token names, it is the token that is refused. A
 * server that is too busy is another matter: the client must not throw its token away.
 *
 * @throws Refusal 20106
 */
export async function connectingUser(core: Core, token: AccessToken): Promise<UserActor> {
  try {
    return await userOf(core, token);
  } catch (error) {
    throw error instanceof Refusal ? refuse(20106) : error;
  }
}

/**
 * A newer token for whoever is connected already.
 *
 * @throws Refusal 20101 to 20107, 20157; 20106 also for one of somebody else
 */
export async function renewedToken(text: string, keys: TokenKeys, now: number, actor: UserActor): Promise<AccessToken> {
  const token = await verifyToken(text, keys, now);
  if (token.identity !== actor.identity || token.service !== actor.service) throw refuse(20106);
  return token;
}
