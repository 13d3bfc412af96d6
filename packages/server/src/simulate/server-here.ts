import { join, resolve } from 'node:path';
import { readSettings } from '../config/config.ts';
import { type Credentials, readKeptCredentials } from '../config/credentials-file.ts';
import { localUrlOf } from '../config/loopback.ts';
import { StartError } from '../config/start-error.ts';
import { curlConfigFile } from '../process/curl-config.ts';
import type { Arguments } from './arguments.ts';

/** The server of this directory, which may run or not. */
export interface ServerHere {
  /** Without a slash at the end. */
  url: string;
  accountSid: string;
  authToken: string;
  credentialsFile: string;
  /** Credentials for curl, which a server writes in development. */
  curlConfig: string;
}

/** @throws StartError with a sentence when there is nothing to be found out */
export function findServer({ server, dataDir }: Pick<Arguments, 'server' | 'dataDir'>, cwd: string): ServerHere {
  const settings = readSettings(dataDir === undefined ? [] : ['--data-dir', dataDir], process.env, cwd);
  const directory = resolve(cwd, settings.dataDir);
  const credentialsFile = join(directory, 'credentials.json');
  const kept: Partial<Credentials> = readKeptCredentials(credentialsFile) ?? {};
  const accountSid = settings.accountSid ?? kept.accountSid;
  const authToken = settings.authToken ?? kept.authToken;
  if (accountSid === undefined || authToken === undefined) {
    throw new StartError(
      `There is no ${credentialsFile}: start a server here first, or say with --data-dir where the data of one are.`,
    );
  }
  return {
    url: server ?? localUrlOf(settings),
    accountSid,
    authToken,
    credentialsFile,
    curlConfig: curlConfigFile({ dataDir: directory }),
  };
}
