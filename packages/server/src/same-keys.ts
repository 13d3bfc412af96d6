/** What servers that share a database have to have in common, looked at when one starts. */
import { createHmac } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from './config/config.ts';
import { StartError } from './config/start-error.ts';
import { sameKeys } from './core/accounts/same-keys.ts';
import type { Core } from './core/core.ts';
import { Vault, vaultKeyFile } from './storage/vault.ts';

const advice =
  'Servers that share a database need the same COLLOQUY_ACCOUNT_SID, COLLOQUY_AUTH_TOKEN, COLLOQUY_API_KEY_SID and ' +
  'COLLOQUY_API_KEY_SECRET, and COLLOQUY_SECRETS_KEY: give them to all of them (see docs/guides/deploy.md).';

/** The server has made secrets of its own, and others have other ones. What it has made is of no use to anybody. */
export class KeysRefused extends StartError {}

/**
 * Sees to it that a token that one server makes is one at the others, too. Secrets that somebody gave may be new ones: then
 * the log says so, in case they are not.
 *
 * @throws KeysRefused where the server made secrets of its own, and others have other ones
 */
export async function requireSameKeys(core: Core, config: Config, logger: Logger): Promise<void> {
  const { credentials, credentialsGiven = true, dataDir, secretsKey } = config;
  const { accountSid: account, authToken, apiKeySid, apiKeySecret } = credentials;
  const digestOf = (name: string, secret: string) => ({
    name,
    digest: createHmac('sha256', secret).update(`${account} ${name}`).digest('base64url'),
    given: credentialsGiven,
  });
  const keyFile = join(dataDir, vaultKeyFile);
  const hadKey = existsSync(keyFile);
  // Made now where there is none: one that is made with the first secret would be another one at each server.
  const vaultDigest = new Vault(dataDir, secretsKey).digest(`${account} secrets key`);
  const digests = [
    digestOf('auth token', authToken),
    digestOf('API key', `${apiKeySid} ${apiKeySecret}`),
    { name: 'secrets key', digest: vaultDigest, given: secretsKey !== undefined },
  ];
  const actor = { kind: 'system', account: account as never } as const;
  const asked = { account, digests, given: credentialsGiven };
  const { account: other, secrets, refused } = await core.run(sameKeys, actor, asked);
  if (refused && !hadKey) rmSync(keyFile, { force: true });
  if (refused && other !== null) {
    throw new KeysRefused(`The database belongs to the account ${other}, and this server made ${account}. ${advice}`);
  }
  if (refused) {
    throw new KeysRefused(`Another server on this database has another ${secrets.join(' and ')}. ${advice}`);
  }
  if (secrets.length > 0) {
    logger.warn({ differs: secrets }, `another server on this database was started with other secrets. ${advice}`);
  }
}
