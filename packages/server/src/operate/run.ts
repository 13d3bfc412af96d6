import { SettingsError, StartError } from '../config/start-error.ts';
import { ownWords } from '../process/own-words.ts';
import { StorageUnavailable } from '../storage/connection.ts';
import { damagedFile, isDamagedFile } from '../storage/sqlite/unusable.ts';
import { OperateError } from './operate-error.ts';

/**
 * Runs a command to its end, or says in a sentence why it did not come to it.
 *
 * @param work gives the exit code
 * @param couldNot the exit code when it could not do its work
 */
export async function runCommand(work: () => Promise<number>, couldNot = 1): Promise<void> {
  const say = (sentence: string) => process.stderr.write(`${sentence}\n`);
  // It stays, since what is printed last fails later.
  process.stdout.off('error', outliveReader).on('error', outliveReader);
  try {
    process.exitCode = await work();
  } catch (error) {
    if (isDamagedFile(error)) {
      process.exitCode = 1;
      say(damagedFile(error.message));
      return;
    }
    process.exitCode = error instanceof OperateError ? error.exitCode : error instanceof SettingsError ? 2 : couldNot;
    const sentence = isSentence(error) ? error.message : ownWords(error);
    if (sentence === undefined) throw error;
    say(sentence);
  }
}

/** Whoever reads no more of what is printed, as `head` does, has not called off the work, whose exit code tells of it. */
function outliveReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

function isSentence(error: unknown): error is Error {
  return [OperateError, SettingsError, StartError, StorageUnavailable].some((kind) => error instanceof kind);
}
