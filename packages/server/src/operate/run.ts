import { SettingsError, StartError } from '../config/start-error.ts';
import { ownWords } from '../process/own-words.ts';
import { StorageUnavailable } from '../storage/connection.ts';
import { isDamage } from './damage.ts';
import { OperateError } from './operate-error.ts';

/**
 * Runs a command to its end, or says in a sentence why it did not come to it.
 *
 * @param work gives the exit code
 * @param couldNot the exit code when it could not do its work
 */
export async function runCommand(work: () => Promise<number>, couldNot = 1): Promise<void> {
  const say = (sentence: string) => process.stderr.write(`${sentence}\n`);
  try {
    process.exitCode = await work();
  } catch (error) {
    const { errcode } = error as { errcode?: number };
    if (errcode !== undefined && isDamage(errcode)) {
      process.exitCode = 1;
      say(`The database file itself is damaged: ${(error as Error).message}. Restore the newest backup that is whole.`);
      return;
    }
    process.exitCode = error instanceof OperateError ? error.exitCode : error instanceof SettingsError ? 2 : couldNot;
    const sentence = isSentence(error) ? error.message : ownWords(error);
    if (sentence === undefined) throw error;
    say(sentence);
  }
}

function isSentence(error: unknown): error is Error {
  return [OperateError, SettingsError, StartError, StorageUnavailable].some((kind) => error instanceof kind);
}
