import { SettingsError, StartError } from '../config/start-error.ts';
import { StorageUnavailable } from '../storage/connection.ts';
import { OperateError } from './operate-error.ts';

/** SQLITE_CORRUPT and SQLITE_NOTADB */
const damaged: ReadonlySet<number> = new Set([11, 26]);

/**
 * Runs a command to its end, or says in a sentence why it did not come to it.
 *
 * @param work gives the exit code
 */
export async function runCommand(work: () => Promise<number>): Promise<void> {
  const say = (sentence: string) => process.stderr.write(`${sentence}\n`);
  try {
    process.exitCode = await work();
  } catch (error) {
    process.exitCode = error instanceof OperateError ? error.exitCode : error instanceof SettingsError ? 2 : 1;
    const { errcode } = error as { errcode?: number };
    if (errcode !== undefined && damaged.has(errcode & 0xff)) {
      say(`The database file itself is damaged: ${(error as Error).message}. Restore the newest backup that is whole.`);
    } else if (isSentence(error)) {
      say((error as Error).message);
    } else throw error;
  }
}

function isSentence(error: unknown): boolean {
  return [OperateError, SettingsError, StartError, StorageUnavailable].some((kind) => error instanceof kind);
}
