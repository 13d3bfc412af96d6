import type { Config } from '../config/config.ts';
import { readKeptCredentials } from '../config/credentials-file.ts';
import { environmentNameOf } from '../config/names.ts';
import { withoutSecrets } from '../config/secret-urls.ts';
import { curlConfigFile } from './curl-config.ts';
import { pathFrom, quoted } from './shell-directory.ts';

/**
 * What a newcomer needs next. Never a secret, since terminals are recorded and shared.
 *
 * @param url where the server is reached
 * @param shellDirectory where the reader's shell is: paths are shown, and commands work, from there
 */
export function startMessage(config: Config, url: string, shellDirectory: string): string {
  const shown = (path: string) => pathFrom(shellDirectory, path);
  const { accountSid, authToken } = config.credentials;
  const development = config.mode === 'development';
  const kept = readKeptCredentials(config.credentialsFile)?.authToken === authToken;
  const rows: [string, string][] = [
    development ? ['Playground', `${url}/`] : ['Address', url],
    ...(config.databaseUrl === undefined ? [] : [['Database', withoutSecrets(config.databaseUrl)] as [string, string]]),
    ['Account SID', accountSid],
    ['Auth token', kept ? `in ${shown(config.credentialsFile)}` : `the one given as ${environmentNameOf('authToken')}`],
    development
      ? ['Try', `curl -K ${quoted(shown(curlConfigFile(config)))} ${url}/v1/Conversations`]
      : ['Try', `curl -u ${accountSid} ${url}/v1/Conversations   (curl asks for the auth token)`],
  ];
  const table = rows.map(([name, value]) => `  ${name.padEnd(13)}${value}`);
  return ['', 'Colloquy is running.', '', ...table, '', ...notes(config), ''].join('\n');
}

/** What has to be known before there are more servers. */
function notes({ databaseUrl, credentialsGiven = true, secretsKey, mediaBucket }: Config): string[] {
  if (databaseUrl === undefined) return [];
  const only = [
    ...(credentialsGiven ? [] : ['credentials']),
    ...(secretsKey === undefined ? ['the key of stored secrets'] : []),
    ...(mediaBucket === undefined ? ['files of messages'] : []),
  ];
  if (only.length === 0) return [];
  return [
    'Other servers on this database need what the data directory of this one has:',
    `${only.join(', ')}.`,
    'Have them share it, or give it to all of them: docs/guides/deploy.md.',
    '',
  ];
}
