import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process to be measured, started from a file of this folder. */
export class Child<Facts> {
  readonly facts: Facts;
  readonly #process: ChildProcess;

  static async start<Facts>(file: string, env: Record<string, string> = {}): Promise<Child<Facts>> {
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
      execArgv: ['--conditions=@colloquy/source'],
      env: { ...process.env, ...env },
    });
    const failed = once(child, 'exit').then(([code]) => {
      throw new Error(`${file} ended with ${code}.`);
    });
    const [facts] = (await Promise.race([once(child, 'message'), failed])) as [Facts];
    failed.catch(() => {});
    return new Child(child, facts);
  }

  private constructor(process: ChildProcess, facts: Facts) {
    this.#process = process;
    this.facts = facts;
  }

  /** Processor time so far, in microseconds. */
  async cpu(): Promise<number> {
    this.#process.send('cpu');
    const [usage] = (await once(this.#process, 'message')) as [NodeJS.CpuUsage];
    return usage.user + usage.system;
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.send('stop');
    await exited;
  }
}
