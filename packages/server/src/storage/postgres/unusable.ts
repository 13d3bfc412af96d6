import { withoutSecrets } from '../../config/secret-urls.ts';
import { StorageUnavailable } from '../connection.ts';
import { adviceOn } from './advice.ts';

/** `insufficient_privilege`: who may come in may still not be allowed to make tables. */
const notAllowed = '42501';

/**
 * What keeps a PostgreSQL from being used that cannot be reached or will not have us, and what to do about it.
 *
 * @param url its address; undefined where there is none
 * @param setting what gives the address, as the person who gave it would name it
 * @returns undefined when the error is about something else
 */
export function describeUnusableDatabase(
  error: unknown,
  url: string | undefined,
  setting = '--database-url (COLLOQUY_DATABASE_URL)',
): string | undefined {
  if (url === undefined || !(error instanceof Error)) return undefined;
  if (!(error instanceof StorageUnavailable || (error as NodeJS.ErrnoException).code === notAllowed)) return undefined;
  const what = error.message.replace(/\.$/, '');
  return `The database ${withoutSecrets(url)} cannot be used: ${what}. ${adviceOn(error, url, setting)}`;
}
