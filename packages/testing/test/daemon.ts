/** Real servers, for tests that hold what is simulated against them: as ordinary processes, in a folder of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where this machine has a program; also where only root usually looks. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

export class Daemon {
  readonly #process: ChildProcess;
  #output = '';
  #onNews: () => void = () => {};

  constructor(program: string, args: readonly string[], options: { cwd: string; env?: Record<string, string> }) {
    const env = { ...process.env, ...options.env };
    this.#process = spawn(program, args, { cwd: options.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process.once('exit', () => this.#onNews());
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.#output += chunk;
        this.#onNews();
      });
    }
  }

  /** Resolves when it has said so. */
  async says(wanted: RegExp): Promise<void> {
    while (!wanted.test(this.#output)) {
      if (this.#process.exitCode !== null || this.#process.signalCode !== null)
        throw new Error(`It ended: ${this.#output}`);
      await new Promise<void>((resolve) => {
        this.#onNews = resolve;
      });
    }
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exit;
  }
}
