import { StorageUnavailable } from '../connection.ts';

/** `insufficient_privilege`: who may come in may still not be allowed to make tables. */
const notAllowed = '42501';

/**
 * A sentence about a PostgreSQL that cannot be reached or will not have us.
 *
 * @param place its address without secrets; undefined where there is none
 * @returns undefined when the error is about something else
 */
export function describeUnusableDatabase(error: unknown, place: string | undefined): string | undefined {
  if (place === undefined || !(error instanceof Error)) return undefined;
  if (!(error instanceof StorageUnavailable || (error as NodeJS.ErrnoException).code === notAllowed)) return undefined;
  return (
    `The database ${place} cannot be used: ${error.message.replace(/\.$/, '')}. ` +
    'See that PostgreSQL runs, and that --database-url (COLLOQUY_DATABASE_URL) names it, a database and who may use it.'
  );
}
