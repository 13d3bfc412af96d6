import type { Config } from '../config/config.ts';
import { withoutSecrets } from '../config/secret-urls.ts';
import { StartError } from '../config/start-error.ts';
import { describeUnusableDatabase } from '../storage/postgres/unusable.ts';
import { ownWords } from './own-words.ts';

/**
 * A sentence for a person who can do something about it. What nobody foresaw keeps its stack.
 *
 * @param config undefined when not even that could be made
 * @param databaseUrl of PostgreSQL, if the server has it
 */
export function describeStartFailure(
  error: unknown,
  config: Config | undefined,
  databaseUrl: string | undefined = config?.databaseUrl,
): string {
  if (!(error instanceof Error)) return `Colloquy could not start: ${String(error)}`;
  const unusable = describeUnusableDatabase(error, databaseUrl && withoutSecrets(databaseUrl));
  if (unusable !== undefined) return unusable;
  if (error instanceof StartError || !config) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  const where = `port ${config.port} of ${config.host}`;
  switch (code) {
    case 'EADDRINUSE':
      return `Another program listens on ${where}; end it, or give another port with --port (COLLOQUY_PORT).`;
    case 'EACCES':
      return `This user may not listen on ${where}; give a port above 1023 with --port (COLLOQUY_PORT).`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${config.host} is no address of this machine (${code}); give another with --host (COLLOQUY_HOST).`;
    case undefined:
      return ownWords(error) ?? error.stack ?? error.message;
    default:
      return `Colloquy could not start with the data directory ${config.dataDir}: ${error.message}`;
  }
}
