import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Entry, Timed } from './entries.ts';

/** Writes each entry when it happens, as a line of JSON: a harness that dies leaves what it knew. */
export class Journal {
  readonly path: string;
  readonly #file: number;

  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, 'ax');
  }

  note(entry: Entry): void {
    writeSync(this.#file, `${JSON.stringify({ t: Date.now(), ...entry })}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The last line may be torn where the harness died: it is left out. */
export function readJournal(path: string): Timed[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  lines.pop();
  return lines.map((line) => JSON.parse(line) as Timed);
}
