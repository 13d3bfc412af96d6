import { type DestinationStream, type Logger, pino } from 'pino';
import type { Config } from '../../config/config.ts';
import { secretsIn } from '../../config/secret-urls.ts';
import { context } from '../context.ts';
import { errorInLine } from './error-in-line.ts';

/** Shorter ones would be found where they are not meant. */
const shortestSecret = 8;

/** The passwords and keys that the configuration has, in each form in which they go over the wire. */
export function secretsOf({ credentials, databaseUrl, natsUrls, secretsKey, mediaBucket }: Config): string[] {
  const { accountSid, authToken, apiKeySid, apiKeySecret } = credentials;
  const passwords = [databaseUrl ?? '', ...(natsUrls ?? [])].flatMap(secretsIn);
  const basic = (user: string, password: string) => Buffer.from(`${user}:${password}`).toString('base64');
  const all = [
    authToken,
    apiKeySecret,
    basic(accountSid, authToken),
    basic(apiKeySid, apiKeySecret),
    secretsKey ?? '',
    mediaBucket?.secretAccessKey ?? '',
    ...passwords,
  ];
  return [...new Set(all)].filter((secret) => secret.length >= shortestSecret);
}

/**
 * Writes lines of JSON. Each names the request, the session or the work that it is about, if it is about one. Secrets of
 * the configuration that found their way into a line, through a text that somebody else made, are taken out of it.
 *
 * @param stream the standard output when left out
 */
export function makeLogger(config: Config, stream?: DestinationStream): Logger {
  // As they look within JSON.
  const secrets = secretsOf(config).map((secret) => JSON.stringify(secret).slice(1, -1));
  const options = {
    level: config.logLevel,
    errorKey: 'error',
    serializers: { err: errorInLine },
    mixin: () => {
      const { span: _span, ...fields } = context.getStore() ?? {};
      return fields;
    },
    hooks: {
      streamWrite: (line: string) => {
        let clean = line;
        for (const secret of secrets) if (clean.includes(secret)) clean = clean.replaceAll(secret, '[secret]');
        return clean;
      },
    },
  };
  return stream ? pino(options, stream) : pino(options);
}
