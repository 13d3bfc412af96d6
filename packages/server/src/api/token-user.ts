import type { Sid } from '@colloquy/protocol';
import type { UserActor } from '../core/actor.ts';
import type { Core } from '../core/core.ts';
import { connectUser, findUser } from '../core/users/actions.ts';
import type { AccessToken } from './tokens.ts';

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
