import type { Config } from '../config/config.ts';
import { StartError } from '../config/start-error.ts';
import { describeUnusableDatabase } from '../storage/postgres/unusable.ts';
import { describeListenFailure } from './listen-failure.ts';
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
  const unusable = describeUnusableDatabase(error, databaseUrl);
  if (unusable !== undefined) return unusable;
  if (error instanceof StartError || !config) return error.message;
  const settings = { port: '--port (COLLOQUY_PORT)', host: '--host (COLLOQUY_HOST)' };
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  const said =
    describeListenFailure(error, config, settings) ??
    ownWords(error) ??
    (code === undefined ? (error.stack ?? error.message) : `Colloquy could not start: ${error.message}`);
  if (syscall === undefined || !path?.startsWith(config.dataDir)) return said;
  return `${said} See that this user may read and write all that is in ${config.dataDir}, and that the disk has room.`;
}
