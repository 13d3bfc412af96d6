import { StorageUnavailable, UniqueViolation, UnstorableText } from '../connection.ts';

/** Another transaction came in between, and this one has to begin again. Nothing has happened. */
export class TransactionConflict extends StorageUnavailable {}

/** Another transaction, or somebody at a console, held what it needed for longer than it waits. Nothing has happened. */
export class LockTimeout extends TransactionConflict {}

/** The connection is gone, and with it the transaction on it; if its end had been asked for, nobody has said whether it came. */
export class ConnectionLost extends StorageUnavailable {}

/** It takes no changes, as it is set to be. */
export class ReadOnly extends ConnectionLost {}

/** It takes no changes, since it follows another one that does. */
export class Standby extends ReadOnly {}

/** A statement was prepared before a migration changed what it answers. Nothing has happened; a new connection knows. */
export class StaleStatement extends TransactionConflict {}

/** SQLSTATE, PostgreSQL's appendix A. */
const conflicts: ReadonlySet<string> = new Set([
  '40001',
  '40P01',
  // Of a transaction that something else has ended already, whose own error is told beside this one.
  '25P02',
  '3B001',
]);
/** `lock_not_available` */
const lockTimeout = '55P03';
/** "Feature not supported", of which one is meant; messages come in the language of the database. */
const stale = '0A000';
const uniqueViolation = '23505';
/** `read_only_sql_transaction`: of a standby, or where everything is set to be only read. */
const readOnly = '25006';
/** `character_not_in_repertoire` and `untranslatable_character`: NUL is what text here can have and there cannot. */
const unstorable: ReadonlySet<string> = new Set(['22021', '22P05']);

/**
 * What PostgreSQL or the way to it said, as storage names it; what is the statement's own fault stays what it is, and so does
 * what has such a name already.
 */
export function storageError(error: unknown): Error {
  if (isNamed(error)) return error;
  const { code, routine } = error as { code?: string; routine?: string };
  const message = messageOf(error as Error);
  const cause = { cause: error };
  if (!isSqlState(code)) return new ConnectionLost(message, cause);
  if (code === uniqueViolation) return new UniqueViolation(message, cause);
  if (code === lockTimeout) return new LockTimeout(message, cause);
  if (conflicts.has(code)) return new TransactionConflict(message, cause);
  if (code === stale && routine === 'RevalidateCachedQuery') return new StaleStatement(message, cause);
  if (unstorable.has(code)) return new UnstorableText(message, cause);
  // Another server may take changes by now.
  if (code === readOnly) return new ReadOnly(message, cause);
  // Shut down, starting up, or the connection's own exceptions.
  if (code.startsWith('57P') || code.startsWith('08') || code === '25P03') {
    return new ConnectionLost(message, cause);
  }
  // No disk, no memory, too many connections; cancelled; a system's failure.
  if (code.startsWith('53') || code === '57014' || code.startsWith('58')) {
    return new StorageUnavailable(message, cause);
  }
  return error as Error;
}

/** Why there is no connection, as storage names it. That a password is wrong may be mended at any time, too. */
export function connectError(error: unknown): StorageUnavailable {
  const told = storageError(error);
  return told instanceof StorageUnavailable ? told : new StorageUnavailable(told.message, { cause: error });
}

function isNamed(error: unknown): error is Error {
  return [StorageUnavailable, UniqueViolation, UnstorableText].some((kind) => error instanceof kind);
}

/** Where a name has several addresses, what each of them said: Node's own error has no words then. */
function messageOf(error: Error): string {
  if (error.message !== '' || !(error instanceof AggregateError)) return error.message;
  return error.errors.map(({ message }: Error) => message).join(', ');
}

/** Five digits and capitals, as in PostgreSQL's appendix A. Errors of the system have codes that are words, as ECONNRESET. */
export function isSqlState(code: string | undefined): code is string {
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && /[0-9]/.test(code);
}
