import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { writeFileDurably } from '../storage/durable-file.ts';

export function curlConfigFile({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'curl.conf');
}

/**
 * Lets a first request be one line in any shell, without the token on the command line: `curl -K data/curl.conf …`.
 * The form is curl's: a value in double quotes, with backslashes before quotes and backslashes.
 */
export function writeCurlConfig(config: Config): void {
  const { accountSid, authToken } = config.credentials;
  const user = `${accountSid}:${authToken}`.replace(/["\\]/g, '\\$&');
  writeFileDurably(curlConfigFile(config), `user = "${user}"\n`, { mode: 0o600, replace: true });
}
