/** What a server and its database, and servers that share one, have to have in common: looked at when one starts. */
import { createHmac, hash } from 'node:crypto';
import { existsSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Sid } from '@colloquy/protocol';
import type { Logger } from 'pino';
import { openConfiguration } from './channels/senders/configuration.ts';
import type { Config } from './config/config.ts';
import { StartError } from './config/start-error.ts';
import { ensureAccount } from './core/accounts/actions.ts';
import { directoryOfFiles, placeOfFiles, sameKeys } from './core/accounts/same-keys.ts';
import type { Core } from './core/core.ts';
import { openSecret } from './core/push/secrets.ts';
import { Refusal } from './core/refusal.ts';
import type { NodeLife } from './delivery/node-life.ts';
import { directoryIdFile, directoryIdOf } from './media/disk/directory-id.ts';
import { whyOf } from './process/own-words.ts';
import { type Vault, vaultKeyFile } from './storage/vault.ts';

const advice =
  'Servers that share a database need the same COLLOQUY_ACCOUNT_SID, COLLOQUY_AUTH_TOKEN, COLLOQUY_API_KEY_SID and ' +
  'COLLOQUY_API_KEY_SECRET, and COLLOQUY_SECRETS_KEY: give them to all of them (see docs/guides/deploy.md).';

/** The server's account or keys do not fit the database. What it has made is of no use to anybody. */
export class KeysRefused extends StartError {}

/**
 * Makes the account at the first start.
 *
 * @throws KeysRefused where the database belongs to another one
 */
export async function requireAccount(core: Core, account: Sid<'AC'>): Promise<void> {
  try {
    await core.run(ensureAccount, { kind: 'system', account }, { account });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new KeysRefused(
      `This server has the account ${account}, but ${error.holes['reason']}. Give it the SID of that one, with its auth ` +
        'token and API key (COLLOQUY_ACCOUNT_SID, COLLOQUY_AUTH_TOKEN, COLLOQUY_API_KEY_SID, COLLOQUY_API_KEY_SECRET), ' +
        'or a database of its own (COLLOQUY_DATABASE_URL; COLLOQUY_DATA_DIR with SQLite).',
    );
  }
}

/**
 * A key that opens nothing of what is sealed is a wrong one: what it seals, the others could not open. A server that is
 * alone and has lost its key may make another one, since it is told at each secret to have it entered again.
 *
 * @throws KeysRefused where the server has another key than the stored secrets are sealed with
 */
export async function requireKeyOfSecrets(core: Core, config: Config, vault: Vault, isAlone: boolean): Promise<void> {
  if (isAlone && config.secretsKey === undefined) return;
  const opened = await openSecrets(core, vault);
  if (opened.length === 0 || opened.includes(true)) return;
  throw new KeysRefused(
    'The secrets of senders and push services in the database are sealed with another key than that of this server. ' +
      'Give it the one of the servers that sealed them, as COLLOQUY_SECRETS_KEY; the first one may have it in secrets.key ' +
      'in its data directory. What to do where it is lost, or is to be changed: docs/guides/deploy.md.',
  );
}

/**
 * Sees to it that a token that one server makes is one at the others, too. Secrets that somebody gave may be new ones: then
 * the log says so, in case they are not.
 *
 * @throws KeysRefused where others have other secrets than those that the server made, or sealed some with another key
 */
export async function requireSameKeys(core: Core, config: Config, vault: Vault, logger: Logger): Promise<void> {
  const { credentials, credentialsGiven = true, dataDir, secretsKey } = config;
  const { accountSid: account, authToken, apiKeySid, apiKeySecret } = credentials;
  const digestOf = (name: string, secret: string) => ({
    name,
    digest: createHmac('sha256', secret).update(`${account} ${name}`).digest('base64url'),
    mayDiffer: credentialsGiven,
  });
  const opened = await openSecrets(core, vault);
  // Where nothing is sealed, one key is as good as another, but only somebody who gives it can give it to all servers.
  const isFit = opened.length === 0 ? secretsKey !== undefined : !opened.includes(false);
  const keyFile = join(dataDir, vaultKeyFile);
  const hadKey = existsSync(keyFile);
  const vaultDigest = vault.derive(`${account} secrets key`);
  const digests = [
    digestOf('auth token', authToken),
    digestOf('API key', `${apiKeySid} ${apiKeySecret}`),
    { name: 'secrets key', digest: vaultDigest, mayDiffer: isFit },
  ];
  const actor = { kind: 'system', account: account as Sid<'AC'> } as const;
  const { names, refused } = await core.run(sameKeys, actor, { digests });
  if (refused) {
    if (!hadKey) rmSync(keyFile, { force: true });
    throw new KeysRefused(`Another server on this database has another ${names.join(' and ')}. ${advice}`);
  }
  if (names.length > 0) {
    logger.warn({ differs: names }, `another server on this database was started with other secrets. ${advice}`);
  }
}

/**
 * Has a server live among the others. One at a time: it lives before the next one compares, so that each sees of the others
 * those that have compared, and no two note another place at the same moment.
 *
 * @throws KeysRefused where another server is at work that keeps files of messages elsewhere
 * @throws StartError where they cannot be kept on disk, or the others do not see it
 */
export async function beginLife(core: Core, config: Config, life: NodeLife, logger: Logger): Promise<void> {
  let isLost = false;
  const release = await turnToBegin(core, () => {
    isLost = true;
  });
  try {
    await requireSamePlaceOfFiles(core, config, life, logger);
    life.start();
    await life.settled();
    // Another one may have compared meanwhile without seeing this one.
    if (isLost || life.node === undefined) {
      throw new StartError('The connection to the database ended while this server was starting. Start it again.');
    }
  } finally {
    await release().catch(() => {});
  }
}

/** How long the others that start may take, and how often is asked; milliseconds. */
const patience = 60_000;
const pause = 50;

/** @returns what gives it back @throws StartError when others keep it */
async function turnToBegin(core: Core, onLost: () => void): Promise<() => Promise<void>> {
  for (let waited = 0; waited <= patience; waited += pause) {
    const release = await core.claim('begin', onLost);
    if (release) return release;
    // By no clock that a test moves.
    await setTimeout(pause);
  }
  throw new StartError(
    `Another server on this database has been starting for ${patience / 1000} seconds, and this one starts after it. ` +
      'Start it again; where that does not help, end the other one.',
  );
}

/**
 * Sees to it that servers that work at the same time keep files of messages in one place: one that has another place finds
 * none of the others' there, and what it removes there stays where it is. Of directories that differ the log tells, since
 * there may be no files. Where no other server works, all of them may have moved, as the guide about media says.
 *
 * @throws KeysRefused where another server is at work that keeps them elsewhere
 * @throws StartError where they cannot be kept on disk
 */
async function requireSamePlaceOfFiles(
  core: Core,
  { credentials, dataDir, mediaBucket: bucket }: Config,
  life: NodeLife,
  logger: Logger,
): Promise<void> {
  const directory = join(dataDir, 'media');
  const made = [join(directory, directoryIdFile), directory].filter((path) => !existsSync(path));
  // One bucket may have several addresses.
  const places = bucket
    ? [{ name: placeOfFiles, place: `bucket ${bucket.bucket} ${bucket.prefix}` }]
    : [
        // Servers of earlier versions, which may be at work beside this one, compare this and nothing else.
        { name: placeOfFiles, place: 'disk' },
        { name: directoryOfFiles, place: await idOf(directory) },
      ];
  const actor = { kind: 'system', account: credentials.accountSid as Sid<'AC'> } as const;
  const compare = (mayDiffer: boolean) =>
    core.run(sameKeys, actor, {
      digests: places.map(({ name, place }) => ({ name, digest: hash('sha256', place), mayDiffer })),
    });
  let { names, refused } = await compare(false);
  const isBeside = refused && (await life.hasOthers());
  // Servers with a directory each work, but for the files of the others.
  const isElsewhere = isBeside && names.includes(placeOfFiles);
  if (refused && !isElsewhere) ({ names } = await compare(true));
  const here = bucket ? `in the bucket ${bucket.bucket} below "${bucket.prefix}"` : `on its disk, in ${directory}`;
  if (isElsewhere) {
    // Nobody else has seen it: the next one that begins waits until this one is done.
    if (!bucket) forget(made);
    throw new KeysRefused(
      `This server keeps the files of messages ${here}, and another server that works on this database keeps them ` +
        'elsewhere. Give all of them the same COLLOQUY_S3_BUCKET and COLLOQUY_S3_PREFIX, or none and one data directory, ' +
        'which all of them mount. To move the files, stop all servers first (see docs/guides/media.md).',
    );
  }
  if (isBeside) {
    logger.warn(
      { here },
      'servers on this database keep files of messages in a directory each: none finds those of others',
    );
  } else if (names.length > 0) logger.warn({ here }, 'files of messages are kept in another place than before');
}

/** @param made a file and the directory of it, or one of them */
function forget(made: readonly string[]): void {
  for (const path of made) {
    try {
      if (statSync(path).isDirectory()) rmdirSync(path);
      else rmSync(path);
    } catch {
      // There is something else in it by now, or it is gone.
    }
  }
}

/** @throws StartError when files cannot be kept there */
async function idOf(directory: string): Promise<string> {
  try {
    return await directoryIdOf(directory);
  } catch (error) {
    const why = whyOf(error);
    if (why === undefined) throw error;
    throw new StartError(
      `Files of messages cannot be kept in ${directory}: ${why}. See that this user may read and write there, and that ` +
        'the disk has room; or give another data directory (COLLOQUY_DATA_DIR), or a bucket (COLLOQUY_S3_BUCKET).',
    );
  }
}

/** @returns of each secret that is stored, whether the key opens it. One that is to be entered again is empty. */
async function openSecrets({ db }: Core, vault: Vault): Promise<boolean[]> {
  const senders = await db.sql
    .selectFrom('senders')
    .select(['account_sid', 'config', 'secrets'])
    .where('secrets', '!=', '')
    .execute();
  const credentials = await db.sql
    .selectFrom('push_credentials')
    .select(['account_sid', 'secret'])
    .where('secret', '!=', '')
    .execute();
  return [
    ...senders.map((sender) => openConfiguration(vault, sender) !== undefined),
    ...credentials.map(({ account_sid, secret }) => openSecret(vault, account_sid, secret) !== undefined),
  ];
}
