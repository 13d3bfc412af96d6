import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileDurably } from './durable-file.ts';

/** A file in a data directory that says what became of the data, to whoever wants to use them. */
export interface MarkFile<T> {
  read(dataDir: string): T | undefined;
  /** Resists a crash; takes the place of the one before. */
  write(dataDir: string, mark: T): void;
  remove(dataDir: string): void;
}

export function markFile<T>(name: string): MarkFile<T> {
  return {
    read: (dataDir) => {
      const path = join(dataDir, name);
      if (!existsSync(path)) return undefined;
      return JSON.parse(readFileSync(path, 'utf8')) as T;
    },
    write: (dataDir, mark) => {
      const text = `${JSON.stringify(mark, null, 2)}\n`;
      writeFileDurably(join(dataDir, name), text, { mode: 0o600, replace: true });
    },
    remove: (dataDir) => rmSync(join(dataDir, name), { force: true }),
  };
}
