import { withoutSecrets } from '../../config/secret-urls.ts';
import { StorageUnavailable } from '../connection.ts';
import { isSqlState } from './errors.ts';

/**
 * A sentence about a PostgreSQL that cannot be reached or will not have us.
 *
 * @param url undefined where there is none
 * @returns undefined when the error is about something else
 */
export function describeUnusableDatabase(error: unknown, url: string | undefined): string | undefined {
  if (url === undefined || !(error instanceof Error)) return undefined;
  if (!(error instanceof StorageUnavailable || isSqlState((error as NodeJS.ErrnoException).code))) return undefined;
  return (
    `The database ${withoutSecrets(url)} cannot be used: ${error.message.replace(/\.$/, '')}. ` +
    'See that PostgreSQL runs, and that --database-url (COLLOQUY_DATABASE_URL) names it, a database and who may use it.'
  );
}
